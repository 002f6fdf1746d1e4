"""An OpenID Connect provider for the tests, run by a Python that has django-oauth-toolkit.

Everybody in it is made up. It asks for a password and for consent, insists on PKCE, sends people
back to registered addresses only, and ends the session when the client says so. The claim ``roles``
is there to be ignored: it is what a provider that was told lies would say.

    python provider.py FOLDER PORT CLIENT-ORIGIN...
"""

from __future__ import annotations

import sys
from pathlib import Path

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from people import CLIENT_ID, CLIENT_SECRET, PEOPLE, address_of

LOGIN_PAGE = """<!doctype html><title>Sign in</title><form method="post">{% csrf_token %}
{% if form.errors %}<p role="alert">Name or password is wrong.</p>{% endif %}
<label>Name <input name="username"></label>
<label>Password <input name="password" type="password"></label>
<input type="hidden" name="next" value="{{ next }}"><button>Sign in</button></form>"""

CONSENT_PAGE = """<!doctype html><title>Consent</title>
{% if error %}<p role="alert">{{ error.error }}: {{ error.description }}</p>{% else %}
<form method="post">{% csrf_token %}
{% for field in form %}{% if field.is_hidden %}{{ field }}{% endif %}{% endfor %}
<p>May {{ application.name }} know who you are?</p>
<button name="allow" value="Authorize">Allow</button><button>Deny</button></form>{% endif %}"""


def configure(folder: Path, port: int) -> None:
    """Set Django up in `folder`, for an issuer at this port of 127.0.0.1."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.sqlite"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "oauth2_provider",
        ],
        LOGIN_URL="/login",
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        # The app under test is on another port of the same host: a cookie of its own name.
        SESSION_COOKIE_NAME="provider_session",
        CSRF_COOKIE_NAME="provider_csrf",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # made in no time
        OAUTH2_PROVIDER={
            "ALLOWED_SCHEMES": ["http"],
            "OAUTH2_VALIDATOR_CLASS": "provider_site.Claims",
            "OIDC_ENABLED": True,
            "OIDC_ISS_ENDPOINT": f"http://127.0.0.1:{port}/o",
            "OIDC_RSA_PRIVATE_KEY": key.decode(),
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False,
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "who you are", "profile": "your name", "email": "your address"},
        },
        ROOT_URLCONF="provider_site",
        SECRET_KEY="only for tests on this machine",
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {
                "registration/login.html": LOGIN_PAGE,
                "oauth2_provider/authorize.html": CONSENT_PAGE,
                "oauth2_provider/logout_confirm.html": CONSENT_PAGE,
            })]},
        }],
        USE_TZ=True,
    )  # fmt: skip
    django.setup()


def furnish(origins: list[str]) -> None:
    """Make the tables, the people and the one client."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for name, person in PEOPLE.items():
        User.objects.create_user(name, address_of(name), person.password, first_name=name.title())
    back = " ".join(f"{origin}/oauth2callback" for origin in origins)
    Application.objects.create(
        name="Lamassu",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=back,
        post_logout_redirect_uris=back,
        algorithm=Application.RS256_ALGORITHM,
    )


def main() -> None:
    """Serve until ended."""
    folder, port, origins = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    configure(folder, port)
    furnish(origins)
    from django.core.servers.basehttp import run
    from django.core.wsgi import get_wsgi_application

    run("127.0.0.1", port, get_wsgi_application(), threading=True)


if __name__ == "__main__":
    main()
