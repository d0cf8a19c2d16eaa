//! The example of RFC 8291 (section 5, with the values of appendix A), and hostile keys.

use super::*;
use proptest::prelude::*;

const PLAIN: &str = "When I grow up, I want to be a watermelon";
const BROWSER_KEY: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
const SENDER_SECRET: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
const SALT: &str = "DGv6ra1nlYgDCS1FRnbzlw";
const BODY: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    let bytes = URL_SAFE_NO_PAD.decode(text).expect("base64url");
    bytes.try_into().expect("the length")
}

fn once() -> Once {
    Once {
        secret: bytes(SENDER_SECRET),
        salt: bytes(SALT),
    }
}

fn browser() -> Recipient {
    Recipient::read(BROWSER_KEY, AUTH).expect("the browser of the example")
}

#[test]
fn the_example_of_the_standard_comes_out_byte_for_byte() {
    let body = encrypt(PLAIN.as_bytes(), &browser(), &once()).expect("encrypted");
    assert_eq!(URL_SAFE_NO_PAD.encode(body), BODY);
}

#[test]
fn the_longest_message_fits_into_one_record_and_a_longer_one_is_refused() {
    let longest = encrypt(&[b'a'; PLAIN_BYTES], &browser(), &once()).expect("encrypted");
    assert!(longest.len() <= RECORD_BYTES as usize);
    assert_eq!(
        encrypt(&[b'a'; PLAIN_BYTES + 1], &browser(), &once()),
        Err(CipherError::TooLong)
    );
}

#[test]
fn random_bytes_that_are_no_key_are_refused() {
    let zero = Once {
        secret: [0; 32],
        ..once()
    };
    assert_eq!(encrypt(b"", &browser(), &zero), Err(CipherError::Secret));
}

#[test]
fn a_point_that_is_not_on_the_curve_is_no_key() {
    let mut point: [u8; 65] = bytes(BROWSER_KEY);
    point[64] ^= 1;
    let read = Recipient::read(&URL_SAFE_NO_PAD.encode(point), AUTH);
    assert_eq!(read.err(), Some(CipherError::Key));
}

#[test]
fn a_secret_of_another_length_is_refused() {
    let read = Recipient::read(BROWSER_KEY, "BTBZMqHH6r4Tts7J_aSI");
    assert_eq!(read.err(), Some(CipherError::Auth));
}

proptest! {
    #[test]
    fn no_text_breaks_the_reading_of_keys(key in ".{0,100}", auth in ".{0,30}") {
        prop_assert!(Recipient::read(&key, &auth).is_err());
    }
}
