"""The studio: a web page on the user's own machine to draw, look inside, and train."""

from striate.studio.app import create_app
from striate.studio.serve import serve
from striate.studio.settings import PORT, Settings, is_loopback
from striate.studio.token import kept_token

__all__ = ["PORT", "Settings", "create_app", "is_loopback", "kept_token", "serve"]
