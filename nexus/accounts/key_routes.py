"""The paths of API keys. They are an admin's; a key with the scope `admin` makes none that may do or last more."""

from typing import Annotated

from fastapi import APIRouter, Depends

from nexus.accounts import api_keys
from nexus.accounts.api_keys import Asker, Made, Wanted
from nexus.accounts.auth import AdminCaller, Caller, CallerTx
from nexus.accounts.errors import ApiKeyExpired, TooManyApiKeys
from nexus.accounts.key_schemas import ApiKeyAsked, ApiKeyShown, ApiKeyWithValue, Rotation
from nexus.accounts.key_values import Hashes
from nexus.accounts.models import Scope
from nexus.core.errors import may_raise
from nexus.core.http import JudgedRoute
from nexus.core.ids import id_of
from nexus.core.paging import Page, PageAsked
from nexus.core.parts import part
from nexus.core.ratelimit import ends_access

TheHashes = Annotated[Hashes, Depends(part(Hashes))]

v1 = APIRouter(prefix="/v1/api-keys", tags=["api-keys"], route_class=JudgedRoute)


@v1.get("")
async def list_api_keys(caller: AdminCaller, tx: CallerTx, page: PageAsked) -> Page[ApiKeyShown]:
    """List your organisation's API keys, without their values."""
    return Page[ApiKeyShown].of(await api_keys.list_keys(tx, caller.organisation_id, page))


@v1.post("", status_code=201)
@may_raise(TooManyApiKeys)
async def create_api_key(asked: ApiKeyAsked, caller: AdminCaller, tx: CallerTx, hashes: TheHashes) -> ApiKeyWithValue:
    """Make an API key. Its value is shown in this answer and never again."""
    wanted = Wanted(asked.name, asked.scopes, asked.expires_at)
    return _with_value(await api_keys.create(tx, _asker(caller), hashes, wanted))


@v1.post("/{api_key_id}/rotate")
@may_raise(ApiKeyExpired)
async def rotate_api_key(
    api_key_id: str, caller: AdminCaller, tx: CallerTx, hashes: TheHashes, asked: Rotation | None = None
) -> ApiKeyWithValue:
    """Give an API key a new value: the old one holds for a while beside it. You answer for the key from then on."""
    overlap = (asked or Rotation()).overlap_seconds
    return _with_value(await api_keys.rotate(tx, _asker(caller), hashes, id_of(api_key_id), overlap))


@v1.delete("/{api_key_id}", status_code=204)
@ends_access
async def revoke_api_key(api_key_id: str, caller: AdminCaller, tx: CallerTx) -> None:
    """Revoke an API key, and every key that it made: none holds any longer at the next request."""
    await api_keys.revoke(tx, caller.organisation_id, caller.user_id, id_of(api_key_id))


def _asker(caller: Caller) -> Asker:
    """How far this caller's reach goes: a person gives every scope, a key only its own."""
    key = caller.key
    if key is None:
        return Asker(caller.organisation_id, caller.user_id, frozenset(Scope), None)
    return Asker(caller.organisation_id, caller.user_id, key.scopes, key.expires_at, key.id)


def _with_value(made: Made) -> ApiKeyWithValue:
    shown = ApiKeyShown.model_validate(made.key)
    return ApiKeyWithValue(**shown.model_dump(), value=made.value)
