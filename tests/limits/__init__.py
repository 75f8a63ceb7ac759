"""Rate limits: the window itself, who is counted in which, and what happens while Redis is away."""
