"""Who vouches for this node, in words. Pure; `now` is an argument."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.messages import Messages
from entrepot_node.pages.times import ago
from entrepot_node.served_checkpoint import Vouching
from entrepot_node.storage.vouching import PushRow


@dataclass(frozen=True, slots=True)
class VouchingView:
    """How many of the peers that can have cosigned our newest head, and who."""

    by: int
    of: int
    text: Markup
    vouchers: tuple[Markup, ...]


def vouching_view(found: Vouching, now: float, messages: Messages) -> VouchingView:
    """Say who cosigned our newest head, and when last."""
    number, total = len(found.by), found.of
    text = messages("home.vouched-of", number=number, total=total) if total else messages("home.vouched-none")
    vouchers = [
        messages("home.voucher", origin=voucher.origin, when=ago(now - voucher.time, messages))
        for voucher in found.by
    ]
    return VouchingView(number, total, text, tuple(vouchers))


def vouches_text(
    origin: str, found: Vouching, push: PushRow | None, now: float, messages: Messages
) -> Markup:
    """Say whether one peer vouches for us; nothing for a peer that was never asked."""
    voucher = next((one for one in found.by if one.origin == origin), None)
    if voucher is not None:
        return messages("peers.vouches", when=ago(now - voucher.time, messages))
    if push is None:
        return Markup("")
    if push.last_code:
        return messages("peers.vouches-not-code", code=push.last_code)
    return messages("peers.vouches-not")
