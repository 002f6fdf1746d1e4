"""Who a session is, through whose eyes it may look, and who sees what of the store."""

from geo.pipeline.access.principals import (
    CLOCK_TOLERANCE_S,
    local_principal,
    principal_of_claims,
    principal_of_header,
    shell_principal,
    viewed_as,
)
from geo.pipeline.access.reviewing import (
    AccessReview,
    DatasetReview,
    KindReview,
    MemberReview,
    explain,
    review,
)

__all__ = [
    "CLOCK_TOLERANCE_S",
    "AccessReview",
    "DatasetReview",
    "KindReview",
    "MemberReview",
    "explain",
    "local_principal",
    "principal_of_claims",
    "principal_of_header",
    "review",
    "shell_principal",
    "viewed_as",
]
