"""Texts of the table of peers: states in plain words."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "peers.title": ("Peers", "对等节点"),
    "peers.lead": (
        "The nodes this one follows. Silence is not withdrawal: what a silent peer has published stays until it says "
        "otherwise.",
        "本节点关注的节点。沉默不等于撤回：在对方另行声明之前，其已发布的内容继续保留。",
    ),
    "peers.none": ("This node follows no other yet.", "本节点尚未关注其他节点。"),
    "peers.all": ("All peers", "全部对等节点"),
    "peers.origin": ("Peer", "对等节点"),
    "peers.state": ("State", "状态"),
    "peers.held": ("Records", "记录"),
    "peers.entries": ("Entries", "条目"),
    "peers.head": ("newest head {when}", "最新检查点：{when}"),
    "peers.missing": ("{number} contents unavailable", "{number} 条内容暂不可得"),
    "peers.refused": ("{number} refused", "{number} 条被拒绝"),
    "peers.kept": ("{number} need newer software", "{number} 条需升级软件后显示"),
    "peers.hidden": ("{number} hidden here by the operator", "运营方在此不显示 {number} 条"),
    "peers.evidence": ("Evidence", "证据"),
    "peers.code": ("code {code}", "代码 {code}"),
    "peers.vouches": ("cosigned our newest head {when}", "{when}联署了本节点的最新检查点"),
    "peers.vouches-not": ("has not cosigned our newest head yet", "尚未联署本节点的最新检查点"),
    "peers.vouches-not-code": (
        "does not cosign our newest head (code {code})",
        "未联署本节点的最新检查点（代码 {code}）",
    ),
    "refused.title": ("Refused records", "被拒绝的记录"),
    "refused.lead": (
        "These live records break a rule of the standard. This node keeps the reason and never the content; the feed "
        "goes on, and a corrected version replaces the refused one.",
        "下列有效记录违反了标准的规则。本节点只保留原因，不保留内容；源照常继续，更正后的版本将取代被拒绝的版本。",
    ),
    "refused.none": ("Nothing live is refused here.", "目前没有被拒绝的记录。"),
    "refused.total.one": ("1 record is refused.", "1 条记录被拒绝。"),
    "refused.total": ("{number} records are refused.", "{number} 条记录被拒绝。"),
    "refused.record": ("Record", "记录"),
    "refused.reason": ("Reason", "原因"),
    "refused.see": ("See refused records", "查看被拒绝的记录"),
    "peer.current": ("Up to date", "已同步"),
    "peer.current.text": ("asked {when}", "{when}询问"),
    "peer.new": ("Not asked yet", "尚未询问"),
    "peer.new.text": ("followed for {duration}", "已关注 {duration}"),
    "peer.silent": ("Silent", "沉默"),
    "peer.silent.text": ("for {duration}; what it published is kept", "已 {duration}；其已发布内容继续保留"),
    "peer.growth": ("Waiting for the operator", "等待运营方确认"),
    "peer.growth.text": (
        "its feed grew more at once than was agreed; the operator of this node decides",
        "其源一次增长超出约定，须由本节点运营方决定",
    ),
    "peer.keys": ("Waiting for its keys", "等待其密钥"),
    "peer.keys.text": (
        "its feed names keys that its key log does not show yet",
        "其源提到的密钥尚未出现在其密钥日志中",
    ),
    "peer.newer": ("Stopped: needs newer software", "已停止：需要更新的软件"),
    "peer.newer.text": (
        "its feed uses what this version does not know; an upgrade of this node goes on from here",
        "其源使用了本版本不认识的内容；升级本节点后将继续",
    ),
    "peer.forked": ("Stopped: two histories", "已停止：出现两份历史"),
    "peer.forked.text": (
        "it has signed two different histories; nothing new of it is believed, and both signatures are kept",
        "其签署了两份不同的历史；不再采信其新内容，两份签名均已保存",
    ),
    "peer.stopped": ("Stopped", "已停止"),
    "peer.stopped.text": ("what it says breaks a rule", "其内容违反规则"),
    "peer.unfit": ("Its answers do not fit", "应答不符"),
    "peer.unfit.text": (
        "for {duration}; nothing of that is believed, and it is asked again",
        "已 {duration}；不予采信，将再次询问",
    ),
    "peer.paused": ("Paused", "已暂停"),
    "peer.paused.text": ("by the operator of this node", "由本节点运营方暂停"),
    "peer.held": ("Kept", "保留"),
    "peer.held.text": ("not followed any more", "不再关注"),
}
