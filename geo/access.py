"""Who somebody is, what they may do, and through whose eyes records are read; pure.

Three things decide what is shown, each on its own axis. The role gives the precision of places and
the strictest marking. Membership in a sharing group opens the datasets that are closed to that
group, and raises the marking for their rows. The sensitivity of a site coarsens or withholds it,
whatever the marking. `geo.disclosure` applies them; nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from geo.model import Audience, Tlp


class Role(StrEnum):
    """What somebody is to the office; ordered from stranger to keeper."""

    ANONYMOUS = "anonymous"
    VIEWER = "viewer"
    PARTNER = "partner"
    ANALYST = "analyst"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"

    @property
    def strength(self) -> int:
        """0 for anonymous up to 5 for the administrator."""
        return list(Role).index(self)


class Right(StrEnum):
    """What somebody may do."""

    LOOK = "look"
    """See maps, cards and sources, as far as the role sees."""
    HAND_OVER = "hand over"
    """Print pages and write files of what the role sees."""
    ANALYSE = "analyse"
    """Compare scenes, compute routes, exposure and checks, see cases."""
    KEEP = "keep"
    """Bring in, correct and undo; keep flags, routes, objects, custody, photographs and links."""
    JUDGE = "judge"
    """Confirm or reject what others found."""
    ADMINISTER = "administer"
    """Members, groups, settings, the audit, backups."""


_OFFICE = frozenset({Right.LOOK, Right.HAND_OVER, Right.ANALYSE, Right.KEEP})

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ANONYMOUS: frozenset({Right.LOOK}),
    Role.VIEWER: frozenset({Right.LOOK, Right.HAND_OVER}),
    Role.PARTNER: frozenset({Right.LOOK, Right.HAND_OVER}),
    Role.ANALYST: _OFFICE,
    Role.REVIEWER: _OFFICE | {Right.JUDGE},
    Role.ADMINISTRATOR: frozenset(Right),
}
"""What each role may do; whatever is not here is refused."""

_AUDIENCE = {
    Role.ANONYMOUS: Audience.PUBLIC,
    Role.VIEWER: Audience.PUBLIC,
    Role.PARTNER: Audience.PARTNER,
    Role.ANALYST: Audience.INTERNAL,
    Role.REVIEWER: Audience.INTERNAL,
    Role.ADMINISTRATOR: Audience.INTERNAL,
}

_CEILING = {
    Role.ANONYMOUS: (Tlp.CLEAR, Tlp.CLEAR),
    Role.VIEWER: (Tlp.GREEN, Tlp.GREEN),
    Role.PARTNER: (Tlp.GREEN, Tlp.AMBER),
    Role.ANALYST: (Tlp.AMBER_STRICT, Tlp.RED),
    Role.REVIEWER: (Tlp.AMBER_STRICT, Tlp.RED),
    Role.ADMINISTRATOR: (Tlp.RED, Tlp.RED),
}
"""Strictest marking outside and inside one's sharing groups, after TLP 2.0 (FIRST, 2022): GREEN is
for the community, AMBER for clients with a need to know, AMBER+STRICT for the office alone, RED for
named recipients. The administrator keeps all of it, and each look is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Through whose eyes records are read."""

    role: Role
    """Decides precision and marking."""
    groups: frozenset[str] = frozenset()
    """Sharing groups that the viewer is in; those of an anonymous viewer count for nothing."""

    @property
    def audience(self) -> Audience:
        """Whose table of cells holds."""
        return _AUDIENCE[self.role]

    @property
    def scope(self) -> str:
        """What makes two viewers see the same; a key for what is kept for one of them."""
        return f"{self.role}:{','.join(sorted(self.groups))}"

    def admits(self, closed_to: frozenset[str]) -> bool:
        """Whether the viewer sees a dataset closed to these groups; empty is open to all."""
        if not closed_to or self.role is Role.ADMINISTRATOR:
            return True
        return self.role is not Role.ANONYMOUS and not self.groups.isdisjoint(closed_to)

    def ceiling(self, closed_to: frozenset[str] = frozenset()) -> Tlp:
        """The strictest marking that the viewer sees in a dataset closed to these groups."""
        outside, inside = _CEILING[self.role]
        return inside if closed_to and self.admits(closed_to) else outside


OFFICE = Viewer(role=Role.ADMINISTRATOR)
"""Sees everything: whoever holds the store itself."""


def viewer_for(audience: Audience) -> Viewer:
    """Whoever an export or a page for `audience` is made for, in no sharing group."""
    role = {
        Audience.PUBLIC: Role.ANONYMOUS,
        Audience.PARTNER: Role.PARTNER,
        Audience.INTERNAL: Role.ADMINISTRATOR,
    }[audience]
    return Viewer(role=role)


class Via(StrEnum):
    """How it is known who somebody is."""

    LOCAL = "local"
    """The one user of a server that listens on this machine only."""
    SHELL = "shell"
    """The account that runs a command on the store."""
    OIDC = "oidc"
    """An identity provider."""
    PROXY = "proxy"
    """A trusted proxy's header."""
    NOBODY = "nobody"
    """Not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody whom an administrator gave a role."""

    subject: str
    """Stable id: ``oidc:`` issuer ``|`` subject, ``oidc:`` and a verified e-mail, or ``proxy:``."""
    name: str = ""
    """For people to read."""
    role: Role = Role.VIEWER
    """Role; `Role.ANONYMOUS` takes everything away."""
    groups: frozenset[str] = frozenset()
    """Sharing groups."""
    changed_at: datetime | None = None
    """When this was said last, UTC."""
    changed_by: str = ""
    """By whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody in a session, as far as it is known who."""

    subject: str
    """Stable id, such as ``shell:yusuf``, ``oidc:https://id.example|42`` or ``nobody``."""
    name: str
    """For people to read."""
    viewer: Viewer
    """What this session sees: less than the role's where it views as another."""
    via: Via
    """How it is known."""
    own: Viewer | None = None
    """What the role would see, where the session views as another; None where it does not."""
    remark: str = ""
    """Why somebody who is known sees no more, in words; empty if there is nothing to say."""

    def may(self, right: Right) -> bool:
        """Whether the session may do something."""
        return right in RIGHTS[self.viewer.role]

    @property
    def author(self) -> str:
        """The name that goes into histories."""
        if self.via in (Via.LOCAL, Via.SHELL):
            return self.name
        return f"{self.name} <{self.subject}>" if self.name else self.subject


NOBODY = Principal(subject="nobody", name="", viewer=Viewer(role=Role.ANONYMOUS), via=Via.NOBODY)
"""Somebody of whom nothing is known."""
