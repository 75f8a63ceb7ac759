"""How the product is delivered: the checks that a change has to pass, which workflows, make and tests run alike."""
