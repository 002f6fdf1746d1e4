"""How tables of access look: roles and groups as chips, and rows that become cards when narrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from geo.access import Role, Via
from layers.style import safe_html

ROLES: dict[Role, tuple[str, str]] = {
    Role.ANONYMOUS: ("Anonymous", "Whoever opens the page without being known: the public."),
    Role.VIEWER: ("Viewer", "Reads and prints, with places as the public may know them."),
    Role.PARTNER: ("Partner", "Reads and prints, with exact places except of sensitive sites."),
    Role.ANALYST: ("Analyst", "Does the work: brings in, corrects, compares, draws routes."),
    Role.REVIEWER: ("Reviewer", "An analyst who also confirms or rejects what others found."),
    Role.ADMINISTRATOR: ("Administrator", "Sees and may do everything, also on this page."),
}
"""Each role's label, and what it is in one sentence."""


WAYS_IN = tuple(via.value for via in Via)
"""How a subject begins that somebody is known by."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, described: str) -> str:
    """A table by itself, with what makes it look like one."""
    table = bare_table(head, rows, described=described)
    return f"{STYLE}<div class='lamassu-access'>{table}</div>"


def bare_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, described: str) -> str:
    """A table of cells that are inert HTML; the heads are our own words."""
    cells = "".join(
        "<tr>"
        + "".join(
            f"<td data-head='{safe_html(name)}'><div>{cell}</div></td>"
            for name, cell in zip(head, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    heads = "".join(f"<th scope='col'>{safe_html(name)}</th>" for name in head)
    return (
        f"<table aria-label='{safe_html(described)}'><thead><tr>{heads}</tr></thead>"
        f"<tbody>{cells}</tbody></table>"
    )


def role_chip(role: Role) -> str:
    """A role's label, set apart by a colour and by its words."""
    return f"<span class='chip {role}'>{ROLES[role][0]}</span>"


def groups_html(groups: Iterable[str]) -> str:
    """Sharing groups as chips; "none" if there is none."""
    chips = "".join(
        f"<span class='chip'><bdi>{safe_html(name)}</bdi></span>" for name in sorted(groups)
    )
    return chips or "<span class='none'>none</span>"


def names_html(names: Sequence[str]) -> str:
    """Names in one line; "nobody" if there is none."""
    told = ", ".join(f"<bdi>{safe_html(name)}</bdi>" for name in names)
    return told or "<span class='none'>nobody</span>"


def plain_subject(subject: str) -> str:
    """The part of a subject that a person may know: an e-mail, an id or an account."""
    sort, _, rest = subject.partition(":")
    return rest.rpartition("|")[2] if sort in WAYS_IN and rest else subject


def actor_words(actor: str, names: Mapping[str, str]) -> str:
    """Whoever an entry of the audit names, for people to read; `names` by subject."""
    if actor in names:
        return names[actor]
    name, _, subject = actor.partition(" <")
    if subject.endswith(">"):
        return names.get(subject[:-1], name)
    return plain_subject(actor)


def outcome_class(outcome: str) -> str:
    """The class that colours what came of a rule."""
    if outcome.startswith(("shown", "exact")):
        return "good"
    return "bad" if "withheld" in outcome or outcome == "not told of" else "some"


def cell_words(cell_deg: float | None) -> str:
    """A cell of the grid in words: ``within about 11 km``; ``exact`` for None."""
    if cell_deg is None:
        return "exact"
    kilometres = 111.2 * cell_deg  # of a degree of a meridian
    return f"within about {kilometres:.0f} km" if kilometres > 1 else "within about 100 m"


def outcome_words(outcome: str) -> str:
    """What came of a rule, for people to read: ``Told to within about 1 km``.

    >>> outcome_words("cell 0.1"), outcome_words("withheld")
    ('Told to within about 11 km', 'Withheld')
    """
    sort, _, width = outcome.partition(" ")
    if sort == "cell" and width in {"1", "1.0", "0.1", "0.01", "0.001"}:
        return f"Told to {cell_words(float(width))}"
    return capital(outcome)


def capital(words: str) -> str:
    """`words` with a capital letter at its beginning."""
    return words[:1].upper() + words[1:]


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


STYLE = """<style>
.lamassu-access{overflow-x:auto;font-size:.88rem;line-height:1.4}
.lamassu-access table{border-collapse:collapse;width:100%}
.lamassu-access th,.lamassu-access td{padding:.5rem .7rem;text-align:start;vertical-align:top;
  border:0;border-bottom:1px solid rgba(128,128,128,.28);overflow-wrap:anywhere;min-width:4.5rem}
.lamassu-access th{font-weight:600;opacity:.72;font-size:.8rem;overflow-wrap:normal}
.lamassu-access small{display:block;opacity:.75;font-size:.8rem}
.lamassu-access small.you{display:inline-block;border:1px solid currentColor;border-radius:3px;
  padding:0 .35rem;margin-inline-start:.35rem}
.lamassu-access .chip{display:inline-block;border:1px solid rgba(128,128,128,.55);
  border-radius:1rem;padding:.02rem .6rem;margin:0 .25rem .2rem 0}
.lamassu-access .chip.administrator{background:#7a3e9d;border-color:#7a3e9d;color:#fff}
.lamassu-access .chip.reviewer,.lamassu-access .chip.analyst{background:#1f6f8b;
  border-color:#1f6f8b;color:#fff}
.lamassu-access .chip.partner{background:#8a5a00;border-color:#8a5a00;color:#fff}
.lamassu-access .number{font-variant-numeric:tabular-nums;opacity:.75}
.lamassu-access .none{opacity:.6}
.lamassu-access .aside{font-size:.8rem;margin-top:.3rem}
.lamassu-access span.aside{margin-inline-start:.5rem}
.lamassu-access .good::before{content:"\\25CF" / "";color:#2f9e63;margin-inline-end:.35rem}
.lamassu-access .some::before{content:"\\25D0" / "";color:#c98a00;margin-inline-end:.35rem}
.lamassu-access .bad::before{content:"\\25CB" / "";color:#d0473d;margin-inline-end:.35rem}
.lamassu-reasons{display:grid;gap:.45rem}
.lamassu-reasons [role=listitem]{padding:.4rem .7rem;font-size:.88rem;line-height:1.4;
  border-inline-start:4px solid #c98a00;background:rgba(128,128,128,.09);border-radius:2px;
  overflow-wrap:anywhere}
.lamassu-reasons .good{border-color:#2f9e63}
.lamassu-reasons .bad{border-color:#d0473d}
.lamassu-reasons b,.lamassu-reasons span{display:block}
.lamassu-reasons small{display:block;opacity:.7;font-size:.78rem}
.lamassu-review details{border:1px solid rgba(128,128,128,.35);border-radius:4px;
  padding:.55rem .8rem;margin-bottom:.6rem}
.lamassu-review summary{display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:center;
  cursor:pointer;list-style:none}
.lamassu-review summary::before{content:"\\25B8" / "";opacity:.7;font-size:1.25rem;line-height:1}
.lamassu-review details[open]>summary::before{content:"\\25BE" / ""}
.lamassu-review summary:focus-visible{outline:2px solid #3d8ba8;outline-offset:3px}
.lamassu-review .who{flex:1 1 16rem;min-width:0;overflow-wrap:anywhere}
.lamassu-review .sum{flex:0 1 19rem;min-width:12rem}
.lamassu-review p{margin:.7rem 0 .3rem}
.lamassu-access .bar{display:flex;height:.7rem;border-radius:2px;overflow:hidden;min-width:6rem;
  background:rgba(128,128,128,.2)}
.lamassu-access .bar i{display:block;height:100%}
.lamassu-access .bar .exact{background:#2f9e63}
.lamassu-access .bar .coarse{
  background:repeating-linear-gradient(45deg,#c98a00 0 4px,#e5b95a 4px 7px)}
.lamassu-access .bar .withheld{background:#8b2f2a}
@media (max-width:640px){
  .lamassu-access thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
  .lamassu-access table,.lamassu-access tbody,.lamassu-access tr{display:block}
  .lamassu-access tr{border:1px solid rgba(128,128,128,.35);border-radius:4px;
    padding:.35rem .7rem;margin-bottom:.6rem}
  .lamassu-access td{display:grid;grid-template-columns:8rem 1fr;gap:0 .6rem;padding:.22rem 0;
    border:0}
  .lamassu-access td::before{content:attr(data-head);opacity:.7;font-size:.8rem}
  .lamassu-access td>div{min-width:0}
}
</style>"""
"""Tables of access, and lists of reasons."""
