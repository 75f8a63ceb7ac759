"""JSON Schemas that customers send: what is accepted, and how data are checked against them without harm to others."""
