"""The page on scaling names every table, and spreads by its organisation what belongs to one."""

import re

from nexus.core.models import OrganisationRecord, Table
from tests.house import ROOT

SPREAD = re.compile(r"SELECT create_distributed_table\('(\w+)', '(\w+)'")
ELSEWHERE = re.compile(r"SELECT (?:create_reference_table|citus_add_local_table_to_metadata)\('(\w+)'\)")


def test_every_table_is_spread_by_its_organisation_or_stays_whole() -> None:
    page = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    kinds = [mapper.class_ for mapper in Table.registry.mappers]
    of_organisations = {str(kind.__tablename__) for kind in kinds if issubclass(kind, OrganisationRecord)}

    spread = dict(SPREAD.findall(page))

    assert spread == dict.fromkeys(of_organisations, "organisation_id") | {"organisations": "id"}
    assert {*ELSEWHERE.findall(page)} == {*Table.metadata.tables, "alembic_version"} - spread.keys()
