"""All promises of a store in one class: what is not here holds for one of the stores only."""

from __future__ import annotations

from entrepot_node.storage.contract import StoreContract
from entrepot_node.storage.contract_acquaintance import AcquaintanceContract
from entrepot_node.storage.contract_answers import AnswersContract
from entrepot_node.storage.contract_append import AppendContract
from entrepot_node.storage.contract_contents import ContentsContract
from entrepot_node.storage.contract_facets import FacetsContract
from entrepot_node.storage.contract_follows import FollowsContract
from entrepot_node.storage.contract_hiding import HidingContract
from entrepot_node.storage.contract_holding import HoldingContract
from entrepot_node.storage.contract_paging import PagingContract
from entrepot_node.storage.contract_reading import ReadingContract
from entrepot_node.storage.contract_receipts import ReceiptsContract
from entrepot_node.storage.contract_search import SearchContract
from entrepot_node.storage.contract_vouching import VouchingContract


class WholeContract(
    StoreContract,
    AppendContract,
    ContentsContract,
    ReadingContract,
    FollowsContract,
    SearchContract,
    FacetsContract,
    PagingContract,
    VouchingContract,
    HoldingContract,
    ReceiptsContract,
    HidingContract,
    AcquaintanceContract,
    AnswersContract,
):
    """Inherit from it and bring the fixture `make_store`."""
