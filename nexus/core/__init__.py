"""The ground floor: what every domain stands on. It knows none of them."""
