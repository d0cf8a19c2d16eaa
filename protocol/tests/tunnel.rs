use deskside_protocol::{
    limits::TUNNEL_FRAME_BYTES,
    tunnel::{BadFrame, Transport, TunnelFrame},
};
use proptest::prelude::*;
use std::net::{IpAddr, SocketAddr};

fn frame(payload: &[u8]) -> TunnelFrame<'_> {
    TunnelFrame {
        transport: Transport::Udp,
        tunnel: 7,
        peer: "192.0.2.1:5000".parse().expect("an address"),
        payload,
    }
}

#[test]
fn a_frame_has_the_documented_bytes() {
    let expected = [&[1, 0, 0, 0, 7, 4, 192, 0, 2, 1, 0x13, 0x88][..], b"stun"].concat();
    assert_eq!(frame(b"stun").encode(), expected);
}

#[test]
fn the_longest_frame_is_read_and_one_byte_more_is_refused() {
    let header = frame(b"").encode().len();
    let longest = vec![0x80; TUNNEL_FRAME_BYTES - header];
    assert!(TunnelFrame::decode(&frame(&longest).encode()).is_ok());
    let too_long = vec![0x80; TUNNEL_FRAME_BYTES - header + 1];
    assert_eq!(TunnelFrame::decode(&frame(&too_long).encode()), Err(BadFrame::Long));
}

#[test]
fn a_frame_without_payload_is_refused() {
    assert_eq!(TunnelFrame::decode(&frame(b"").encode()), Err(BadFrame::Empty));
}

#[test]
fn every_cut_of_the_header_is_refused() {
    let bytes = frame(b"x").encode();
    for length in 0..bytes.len() - 1 {
        assert!(
            TunnelFrame::decode(&bytes[..length]).is_err(),
            "{length} bytes were read as a frame"
        );
    }
}

#[test]
fn an_unknown_kind_and_an_unknown_family_are_refused() {
    let mut bytes = frame(b"x").encode();
    bytes[0] = 3;
    assert_eq!(TunnelFrame::decode(&bytes), Err(BadFrame::Kind));
    bytes[0] = 1;
    bytes[5] = 5;
    assert_eq!(TunnelFrame::decode(&bytes), Err(BadFrame::Family));
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(
        tcp: bool, tunnel: u32, ip: IpAddr, port: u16, payload in prop::collection::vec(any::<u8>(), 1..1500),
    ) {
        let transport = if tcp { Transport::Tcp } else { Transport::Udp };
        let frame = TunnelFrame { transport, tunnel, peer: SocketAddr::new(ip, port), payload: &payload };
        let bytes = frame.encode();
        prop_assert_eq!(TunnelFrame::decode(&bytes), Ok(frame));
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2100)) {
        let _ = TunnelFrame::decode(&bytes);
    }
}
