//! The bounds that both sides of a connection keep. Over one of them the peer is refused, never buffered for.

use std::time::Duration;

/// Longest text frame on any WebSocket, bytes. An SDP with many candidates stays under 16 KiB.
pub const TEXT_FRAME_BYTES: usize = 64 * 1024;
/// Longest binary (tunnel) frame, bytes: an Ethernet-sized datagram with room for its header.
pub const TUNNEL_FRAME_BYTES: usize = 2048;
/// Longest SDP accepted, bytes.
pub const SDP_BYTES: usize = 48 * 1024;
/// Longest ICE candidate line accepted, bytes.
pub const CANDIDATE_BYTES: usize = 512;
/// Candidates accepted from one side for one attempt.
pub const CANDIDATES: usize = 64;
/// Longest chat message, characters.
pub const CHAT_CHARS: usize = 4000;
/// Longest message on a data channel, bytes. A 128×128 cursor in RGBA is the largest.
pub const CHANNEL_MESSAGE_BYTES: usize = 128 * 1024;
/// Longest text typed or pasted in one input message, bytes.
pub const INPUT_TEXT_BYTES: usize = 4096;
/// How long a peer may stay unauthenticated.
pub const UNAUTHENTICATED: Duration = Duration::from_secs(10);
/// How long a ticket may be used after it was issued.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(60);
/// How long a signed command may be used after it was issued.
pub const COMMAND_LIFETIME: Duration = Duration::from_secs(120);
/// How far the clocks of two machines may differ. The agent corrects its own by the server time in the challenge.
pub const CLOCK_SKEW: Duration = Duration::from_secs(30);
/// How long the consent prompt waits; silence is no.
pub const CONSENT_WAIT: Duration = Duration::from_secs(30);
/// How long an interrupted session may be resumed without a new consent.
pub const RESUME_WITHIN: Duration = Duration::from_secs(60);
/// How far ahead a time may begin that is allowed in advance.
pub const PRECONSENT_AHEAD: Duration = Duration::from_secs(14 * 24 * 3600);
/// How long a time that is allowed in advance may be.
pub const PRECONSENT_LONGEST: Duration = Duration::from_secs(14 * 24 * 3600);
/// Times that may be allowed in advance for one request.
pub const PRECONSENT_WINDOWS: usize = 20;
