"""The words that lie in every bundle: what it proves, and what it does not; pure."""

from __future__ import annotations

from collections.abc import Iterable

README, SCRIPT = "README.txt", "verify.py"
"""Members of a bundle for its reader."""

_TEXT = """\
This is a bundle of Lamassu with the proof that nothing in it was changed.

What is in it
{files}
  manifest.json   size and SHA-256 of every file; for whom it was made, marking, what was done to
                  places, filters, what it was made from, and the end of the audit at that time
  manifest.sig    signature of manifest.json (Ed25519, hexadecimal)
  signer.pem      the public key that the signature belongs to
  verify.py       checks all of this, without Lamassu

How to check it
  python verify.py THIS-BUNDLE.zip --key THE-OFFICE.pem

  It needs Python and the package cryptography. THE-OFFICE.pem is the office's public key, as the
  office itself gave it to you: by hand, or read out on the telephone. Whoever could change this
  bundle could also change the key and the script in it, so take neither from here if it matters:
  a verify.py from Lamassu itself, or from an earlier bundle that you trust, checks this one too.
  The key that is said to have signed this bundle is
  {key}

What a good check proves
  - Every byte of this archive is as it was when it was signed.
  - Whoever signed had the office's signing key.
  - The signer then knew an audit of {number} entries that ends with the hash in the manifest. An
    audit that is shown later must hold that entry, or its end was cut off or rewritten.

What it does not prove
  - That what the records say is true, complete or lawfully obtained.
  - When it was signed: the time is that of the signer's own clock.
  - Who sat at the machine: a name in it is what Lamassu was told.
  - That a court will admit it.

Places
  Where records are not for the office itself, places may be given as cells of a grid, and records
  may be left out. manifest.json says so under "notes". No software can bring back from this bundle
  what was taken out.
"""


def readme_text(files: Iterable[str], *, key: str, number: int) -> bytes:
    """The words for a bundle with these files of data, signed by `key` after `number` entries."""
    listed = "\n".join(f"  {name}" for name in files)
    return _TEXT.format(files=listed, key=key, number=f"{number:,}").encode()
