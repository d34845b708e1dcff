"""Templates: one entry of the configuration that stands for many clients, each known once seen.

A client that no other entry names, and whose CompID a template allows, gets a session of its own
with the template's settings: a link in the journal, numbers, a name. It is made when its first
Logon(A) would be taken, so that strangers make none, and there again after a restart for as long
as the template allows it.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from gateway.config import Client, Config
from gateway.state import State

Identity = tuple[str, ...]
"""What a Logon(A) says of whose it is; see sessions.session.identify."""
PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""CompIDs that can be part of a session's name; a template takes no others."""
NAME_LENGTH_MAX: Final = 64


def session_name(template: Client, comp_id: str) -> str:
    """What the session of a client is called."""
    return f"{template.name}.{comp_id}"


def allows(template: Client, comp_id: str) -> bool:
    """Whether the template takes a client of this name."""
    return (
        PLAIN.fullmatch(comp_id) is not None
        and len(session_name(template, comp_id)) <= NAME_LENGTH_MAX
        and _pattern(template.target_comp_id).fullmatch(comp_id) is not None
        and (not template.comp_ids or comp_id in template.comp_ids)
    )


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("*"))))


def client_of(template: Client, comp_id: str) -> Client:
    """The settings of one of its clients."""
    name = session_name(template, comp_id)
    return template.model_copy(update={"name": name, "target_comp_id": comp_id})


def find(templates: Sequence[Client], identity: Identity) -> Client | None:
    """The settings of a client that says who it is, by the first template that takes it."""
    begin_string, comp_id, our_comp_id = identity
    for template in templates:
        ours = (template.begin_string, template.sender_comp_id)
        if ours == (begin_string, our_comp_id) and allows(template, comp_id):
            return client_of(template, comp_id)
    return None


def template_of(config: Config, name: str) -> Client | None:
    """The template that a session's name belongs to; no other session's name begins like it."""
    for template in config.templates:
        if name.startswith(f"{template.name}."):
            return template
    return None


def known_clients(config: Config, state: State) -> Iterator[Client]:
    """All clients that have a session: those that are named, and those that templates have seen."""
    for client in config.clients:
        if not client.is_template:
            yield client
    named = {client.identity for client in config.clients}
    for known in state.links.values():
        defined = known.defined
        template = template_of(config, defined.name)
        if template is None:
            continue
        identity = (defined.begin_string, defined.target_comp_id, defined.sender_comp_id)
        found = find([template], identity)
        if found is not None and found.name == defined.name and identity not in named:
            yield found
