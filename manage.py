"""Django's own door, for migrations and the shell; everything else is `quanyu`."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanyu.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
