"""The pages of the tests' identity provider, and what its tokens tell; run by `provider`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView
from django.urls import include, path
from oauth2_provider.oauth2_validators import OAuth2Validator
from people import PEOPLE


class Claims(OAuth2Validator):
    """Tells in the token who somebody is, and roles that nobody should believe."""

    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, object]:
        """Name, address and roles of whoever logged in."""
        person = PEOPLE[request.user.username]
        return {
            "name": request.user.first_name,
            "email": request.user.email,
            "email_verified": person.verified,
            "roles": list(person.roles),
        }


urlpatterns = [
    path("login", LoginView.as_view(), name="login"),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]
