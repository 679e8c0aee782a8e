"""The part of the storage contract about receipts and withdrawals, as tests for any store; see `contract`."""

from __future__ import annotations

from dataclasses import replace

from entrepot_node.storage.contract_feed import FEED, PEER, FeedWriter, MakeStore, start, subject_id
from entrepot_node.storage.receipts import ReceiptRow, Withdrawal

RECEIPT = ReceiptRow("m.example", FEED, 7, 100, 101.0, 102.0, 200.0, 9, 1, "peer.unreachable")


class ReceiptsContract:
    """The promises about receipts and withdrawals. Each test says which rules it stands for."""

    def test_of_each_mirror_the_last_receipt_is_held(self, make_store: MakeStore) -> None:
        """FED-34, FED-35: all that is told of it, by origin; silence takes the place of an answer too."""
        store = make_store()
        silent = ReceiptRow("a.example", FEED, 0, 0, None, 1.0, 2.0, 0, 3, "receipt.none")
        assert store.receipts() == []

        store.put_receipt(replace(RECEIPT, size=3, success_at=None))
        store.put_receipt(silent)
        store.put_receipt(RECEIPT)

        assert make_store().receipts() == [silent, RECEIPT]

    def test_a_receipt_for_the_next_feed_takes_the_place_of_the_old_one(self, make_store: MakeStore) -> None:
        """SIG-65: a mirror counts for the feed it vouches for now."""
        store = make_store()
        following = replace(RECEIPT, feed_name="biomed.example/feed/2", size=0)
        store.put_receipt(RECEIPT)
        store.put_receipt(following)

        assert store.receipts() == [following]

    def test_withdrawals_are_listed_newest_first(self, make_store: MakeStore) -> None:
        """FED-35: in pages, of this feed alone, the last one of each subject."""
        store, writer, theirs = make_store(), FeedWriter(), FeedWriter(PEER)
        feed, peer = start(store, writer), start(store, theirs, own=False)
        for number in (1, 2, 3):
            writer.publish(number, b"record %d" % number, kind="cluster" if number == 3 else "company")
        first, second = writer.withdraw(1), writer.withdraw(2)
        third = writer.withdraw(3, kind="cluster")
        theirs.publish(1, b"theirs")
        theirs.withdraw(1)
        store.append(feed.id, writer.chunk())
        store.append(peer.id, theirs.chunk())

        rows = [
            Withdrawal(subject_id(3), "cluster", third, live=False),
            Withdrawal(subject_id(2), "company", second, live=False),
            Withdrawal(subject_id(1), "company", first, live=False),
        ]
        other = make_store()
        assert other.withdrawals(feed.id, limit=9) == rows
        assert other.withdrawals(feed.id, limit=2) == rows[:2]
        assert other.withdrawals(feed.id, limit=9, before=second) == rows[2:]
        assert other.withdrawals(feed.id, limit=9, before=first) == []

    def test_of_one_subject_its_last_withdrawal_is_told(self, make_store: MakeStore) -> None:
        """LOG-20: also when it has been published again since, and after a second one."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        writer.publish(1, b"one")
        writer.publish(2, b"live")
        first = writer.withdraw(1)
        writer.publish(1, b"one again")
        store.append(feed.id, writer.chunk())

        told = Withdrawal(subject_id(1), "company", first, live=True)
        assert store.withdrawals(feed.id, limit=9, subject=subject_id(1)) == [told]
        assert store.withdrawals(feed.id, limit=9, subject=subject_id(2)) == []
        second = writer.withdraw(1)
        store.append(feed.id, writer.chunk())
        told = Withdrawal(subject_id(1), "company", second, live=False)
        assert store.withdrawals(feed.id, limit=9) == [told]
