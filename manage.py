#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fo_platform.settings.embedded")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- after the settings are named

    import celery_app  # noqa: F401, PLC0415 -- commands send tasks too

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
