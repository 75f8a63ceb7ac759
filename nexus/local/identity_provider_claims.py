"""What the development identity provider says of a person: Google's claims, from nothing but an e-mail address."""

import hashlib
import re
from dataclasses import dataclass

EMAIL = re.compile(r"[^@\s\"<>\\]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
SUBJECT_DIGITS = 20  # after a leading 1: as long as Google's
CONSUMER_DOMAINS = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com"),
        *("icloud.com", "me.com", "mac.com", "aol.com", "gmx.com", "gmx.net", "gmx.de", "web.de", "proton.me"),
        *("protonmail.com", "yandex.ru", "mail.ru", "qq.com", "163.com"),
    }
)


@dataclass(frozen=True)
class Person:
    """Somebody who signs in. The e-mail is lower case."""

    email: str
    name: str
    verified: bool = True

    @property
    def subject(self) -> str:
        """A number, in digits, that belongs to this e-mail for ever."""
        digest = int.from_bytes(hashlib.sha256(self.email.encode()).digest())
        return f"1{digest % 10**SUBJECT_DIGITS:0{SUBJECT_DIGITS}d}"

    @property
    def hosted_domain(self) -> str | None:
        """The Workspace domain; None for an account of a consumer domain."""
        domain = self.email.rpartition("@")[2]
        return None if domain in CONSUMER_DOMAINS else domain

    def profile(self) -> dict[str, object]:
        """The claims about the person, as userinfo and the ID token give them."""
        given, _, family = self.name.partition(" ")
        claims: dict[str, object] = {
            "sub": self.subject,
            "email": self.email,
            "email_verified": self.verified,
            "name": self.name,
            "given_name": given,
        }
        if family:
            claims["family_name"] = family
        if self.hosted_domain:
            claims["hd"] = self.hosted_domain
        return claims


PERSONAS = (
    Person("ann@acme.test", "Ann Archer"),
    Person("amy@acme.test", "Amy Adler"),
    Person("bob@globex.test", "Bob Berger"),
    Person("carl@gmail.com", "Carl Cole"),
)


def person_of(email: str, name: str = "", *, verified: bool = True) -> Person | None:
    """Make a person of an e-mail address; None if it is not one. Without a name, the address gives it."""
    email = email.strip().lower()
    if not EMAIL.fullmatch(email):
        return None
    known = next((one.name for one in PERSONAS if one.email == email), None)
    spoken = email.partition("@")[0].partition("+")[0].replace(".", " ").replace("_", " ").title()
    return Person(email, " ".join(name.split()) or known or spoken, verified)
