"""What operators, and the limits that its owner watches, may do to a session.

Verbs of a session; each returns effects. Knows no command line and no control API.
"""

from typing import Final

from sessions import admin, opening
from sessions.conversation import Conversation
from sessions.counts import OPERATOR
from sessions.counts import REPLACED as BY_ANOTHER
from sessions.effects import REPLACED, Alarm, Effect, NumbersSet
from sessions.errors import SessionError
from sessions.schedule import Schedule
from sessions.sequence import SEQ_DIGITS_MAX
from sessions.state import (
    BEFORE_LOGON,
    CONNECTED,
    DISABLED,
    ESTABLISHED,
    IN_SESSION,
    LATENT,
    OUT_OF_SCHEDULE,
    UNCONNECTED,
)

_SEQ_MAX: Final = 10**SEQ_DIGITS_MAX - 1


class Operable(Conversation):
    """A conversation with an operator beside it."""

    __slots__ = ()

    def logout(self, text: str, now: int) -> list[Effect]:
        """End the session in good order; `text` tells the peer why."""
        out: list[Effect] = []
        self.blame(OPERATOR)
        if self.state in IN_SESSION:
            self.logout_and_wait(text, text or "logout", now, out)
        elif self.state in BEFORE_LOGON:
            self.close(text or "logout", out)
        return out

    def replace(self, now: int) -> list[Effect]:
        """Another connection takes the place of the present one, which may be dead."""
        out: list[Effect] = []
        why = "another connection has logged on"
        self.blame(BY_ANOTHER)
        if self.state in IN_SESSION:
            out.append(Alarm(REPLACED, f"replaced: {why}", "on_duplicate_logon"))
            self.logout_and_close(why, now, out)
        elif self.state in ESTABLISHED:
            self.close(why, out)
        return out

    def retire(self, text: str, now: int) -> list[Effect]:
        """End the session at once, saying why: what still comes is not taken any more."""
        out: list[Effect] = []
        self.blame(OPERATOR)
        if self.state in IN_SESSION:
            self.logout_and_close(text, now, out)
        elif self.state in CONNECTED:
            self.close(text, out)
        return out

    def reschedule(self, schedule: Schedule | None, now: int) -> list[Effect]:
        """Keep this schedule from now on, or none; numbers stay in the interval they are in."""
        out: list[Effect] = []
        self.schedule = schedule
        self.schedule_due_ns = 0
        if schedule is None and self.state == OUT_OF_SCHEDULE:
            self.move(LATENT, "there is no schedule any more", out)
        opening.follow(self, now, out)
        return out

    def cut_off(self, limit: str, text: str, now: int) -> list[Effect]:
        """The peer goes beyond a limit that its owner watches: end the session, saying why."""
        out: list[Effect] = []
        self.beyond(limit, text, now, out)
        return out

    def reset(self, now: int) -> list[Effect]:
        """Begin a new epoch at 1 and 1. An initiator tells the peer with its next Logon(A)."""
        why = "sequence numbers are reset"
        out: list[Effect] = []
        self.blame(OPERATOR)
        if self.state in IN_SESSION:
            self.logout_and_close(why, now, out)
        elif self.state in CONNECTED:
            self.close(why, out)
        self.new_epoch(1, 1, "reset by an operator", out)
        return out

    def set_numbers(self, next_in: int | None, next_out: int | None, now: int) -> list[Effect]:
        """Set the next expected number, the next to be sent, or both; None leaves one alone.

        A lower `next_out` begins a new epoch: a number is never used twice in one. Whoever sets
        numbers by hand cannot know what stood under those left out. Raises SessionError while
        there is a connection.
        """
        new_in, new_out = self.numbers_wanted(next_in, next_out)
        numbers = self.numbers
        out: list[Effect] = []
        why = "set by an operator"
        if new_out < numbers.next_out:
            self.new_epoch(new_in, new_out, why, out)
        else:
            moved = (new_in, new_out) != (numbers.next_in, numbers.next_out)
            numbers.next_in = new_in
            numbers.next_out = new_out
            out.append(NumbersSet(numbers.epoch, new_in, new_out, why, moved))
        return out

    def numbers_wanted(self, next_in: int | None, next_out: int | None) -> tuple[int, int]:
        """Both numbers, if they could be set now; else raises SessionError."""
        if self.state not in UNCONNECTED:
            raise SessionError(
                f"session {self.name} is {self.state}: numbers can be set only without a"
                f" connection, run `fixgate sessions disable {self.name}` first"
            )
        new_in = self.numbers.next_in if next_in is None else next_in
        new_out = self.numbers.next_out if next_out is None else next_out
        for name, value in (("next-in", new_in), ("next-out", new_out)):
            if not 1 <= value <= _SEQ_MAX:
                raise SessionError(f"{name} must be from 1 to {_SEQ_MAX}, not {value}")
        return new_in, new_out

    def enable(self, now: int) -> list[Effect]:
        """Let the session have connections again."""
        out: list[Effect] = []
        if self.state == DISABLED:
            self.move(LATENT, "enabled by an operator", out)
            opening.follow(self, now, out)
        return out

    def disable(self, now: int, text: str = "the session is disabled") -> list[Effect]:
        """Close the connection, telling the peer why, and allow none until `enable`."""
        out: list[Effect] = []
        if self.state == DISABLED:
            return out
        self.blame(OPERATOR)
        if self.state in IN_SESSION:
            self.send_admin(admin.LOGOUT, admin.text_field(text), now, out)
        self.stop(text, out)
        return out
