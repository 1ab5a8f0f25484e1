"""What the shop has written to somebody: the files that a private stack keeps in STATE/mail."""

import email
import email.policy
import re

from client import wait_for


class Mail:
    def __init__(self, file):
        self.raw = file.read_bytes()
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)
        self.subject = self.message["subject"]
        self.id = self.message["message-id"]
        self.text = self.message.get_body(("plain",)).get_content()
        self.html = self.message.get_body(("html",)).get_content()

    @property
    def token(self):
        """The token in its link."""
        return re.search(r"/#/[\w-]+/([\w-]{54})\s", self.text).group(1)


def mails_to(souk, address):
    """Oldest first."""
    return [Mail(file) for file in sorted((souk.state / "mail").glob(f"{address}-*.eml"))]


def wait_for_mail(souk, address, subject=None, n=1, seconds=60):
    """The n-th mail to `address`, of those with `subject` in their subject."""
    def found():
        fitting = [mail for mail in mails_to(souk, address) if subject is None or subject in mail.subject]
        return fitting[n - 1] if len(fitting) >= n else None
    return wait_for(found, seconds)
