"""
How Stripe counts each currency, after https://docs.stripe.com/currencies as of November 2026.

Stripe's decimals are not those of ISO 4217 or of a browser: forint, New Taiwan dollar, Icelandic króna and Ugandan
shilling count in hundredths there, Malagasy ariary in whole units.
"""

ZERO_DECIMAL = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf")
)
THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
WHOLE_UNITS = frozenset(("isk", "ugx"))  # counted in hundredths, charged in whole units

USUAL_EXPONENT = 2


def exponent_of(currency: str) -> int:
    """The decimal places of an amount: one unit of the currency is 10 to this power of Stripe's smallest unit."""
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else USUAL_EXPONENT


def decimal_amount(amount: int, currency: str) -> str:
    """An amount in Stripe's smallest unit as decimal text in the currency's main unit, such as `999.00`."""
    exponent = exponent_of(currency)
    if exponent == 0:
        return str(amount)
    whole, fraction = divmod(amount, 10**exponent)
    return f"{whole}.{fraction:0{exponent}}"


def step_of(currency: str) -> int:
    """Stripe charges multiples of this many of its smallest units."""
    return 100 if currency in WHOLE_UNITS else 10 if currency in THREE_DECIMAL else 1
