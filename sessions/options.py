"""Settings of a session's behaviour in groups: heartbeats, resets, what is sent again.

Owns what may be set and its bounds. The text below a field is its documentation.
"""

from pydantic import Field

from sessions.kinds import Settings, Switch, Whole


class HeartbeatOptions(Settings):
    """How both sides know that the other is there."""

    heart_bt_int_s: Whole = Field(default=30, ge=0, le=3600)
    """HeartBtInt(108) that an initiator asks for; 0: no heartbeats."""
    heart_bt_int_min_s: Whole = Field(default=0, ge=0, le=3600)
    """Least HeartBtInt(108) the counterparty may ask for; 0 allows a session without heartbeats."""
    heart_bt_int_max_s: Whole = Field(default=3600, ge=1, le=86_400)
    """Greatest HeartBtInt(108) the counterparty may ask for."""
    logout_on_timeout: Switch = True
    """Send a Logout(5) before closing the connection of a counterparty that fell silent."""


class ResetOptions(Settings):
    """When both directions begin at number 1 again."""

    reset_on_logon: Switch = False
    """Begin at number 1 with every logon; an initiator then sends ResetSeqNumFlag(141)=Y."""


class ResendOptions(Settings):
    """Messages behind a gap, and messages that are sent again."""

    stash_max_messages: Whole = Field(default=10_000, ge=1)
    """Messages kept behind a gap while it is being filled; more are asked for again later."""
    stash_max_bytes: Whole = Field(default=8_388_608, ge=1024)
    """Bytes of such messages."""
    resend_timeout_s: float = Field(default=30.0, gt=0, le=3600)
    """Seconds without progress after which a ResendRequest(2) is sent again."""
    resend_max_messages: Whole = Field(default=1_000_000, ge=0)
    """Numbers one ResendRequest(2) may cover; a longer one is answered with Logout(5); 0: any."""
    resend_repeats_max: Whole = Field(default=10, ge=0)
    """Replays in a row from one BeginSeqNo(7): more make no progress, so Logout(5); 0: any."""
    resend_rate_per_s: Whole = Field(default=10_000, ge=0)
    """Messages a second that are sent again; 0: as fast as the counterparty takes them."""
    resend_held_max_bytes: Whole = Field(default=67_108_864, ge=65_536)
    """Bytes of live messages that wait while we send old ones again; more ends the connection."""
    accept_low_resend_requests: Switch = False
    """Serve a ResendRequest(2) with a number already used, instead of logging out."""
