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
    "peers.braked.one": (
        "it withdrew 1 record in a mass: out of view, its content is deleted by {until}",
        "其批量撤回了 1 条记录：已不再显示，内容最迟于{until}删除",
    ),
    "peers.braked": (
        "it withdrew {number} records in a mass: out of view, their contents are deleted by {until}",
        "其批量撤回了 {number} 条记录：已不再显示，内容最迟于{until}删除",
    ),
    "vouched.title": ("Who vouches for this node", "谁见证本节点"),
    "vouched.lead": (
        "Whoever follows this node can find here who saw the same history, who keeps a whole copy, and where what was "
        "withdrawn is known to be gone.",
        "关注本节点的人可在此了解：谁见证了同一份历史，谁保存了完整副本，以及已撤回的内容在哪些地方确认已删除。",
    ),
    "mirrors.title": ("Mirrors of this node", "本节点的镜像"),
    "mirrors.mirror": ("Mirror", "镜像"),
    "mirrors.last": ("Last heard", "最近应答"),
    "mirrors.of": (
        "{number} of {total} known mirrors hold our newest head.",
        "{total} 个已知镜像中有 {number} 个持有本节点的最新检查点。",
    ),
    "mirrors.none": ("No mirror of this node is known.", "目前没有已知的镜像。"),
    "mirrors.newest": ("holds our newest head", "持有最新检查点"),
    "mirrors.behind": ("holds {held} of {size} entries", "持有 {size} 条条目中的 {held} 条"),
    "mirrors.heard": ("heard {when}", "{when}应答"),
    "mirrors.never": ("never heard", "从未应答"),
    "erasures.title": ("Withdrawn by this node", "本节点已撤回"),
    "erasures.record": ("Record", "记录"),
    "erasures.where": ("Where it is gone", "删除情况"),
    "erasures.gone": (
        "gone from {gone} of {known} known mirrors; backups not covered",
        "{known} 个已知镜像中有 {gone} 个已删除；不含备份",
    ),
    "erasures.no-mirror": (
        "gone here; no mirror is known; backups not covered",
        "本节点已删除；没有已知的镜像；不含备份",
    ),
    "erasures.other": ("not yet from {origin} ({heard})", "{origin} 尚未确认（{heard}）"),
    "erasures.all": ("All withdrawals, as JSON", "全部撤回（JSON）"),
    "frozen.title": ("Logs that are cosigned no more", "不再联署的日志"),
    "frozen.lead": (
        "They have signed two histories. Anybody can check the evidence offline.",
        "它们签署了两份不同的历史。任何人均可离线核验证据。",
    ),
    "accused.title": ("Evidence against this node", "针对本节点的证据"),
    "accused.lead": (
        "A peer holds another version of this node's own history, signed with its key: a copy of the machine ran, an old "
        "backup signed, or the log key was stolen. Whoever sees both versions stops believing this feed; what was "
        "published stays readable. The operator begins the next feed with a printed card. Anybody can check the "
        "evidence offline.",
        "有对等节点持有以本节点密钥签署的另一份本节点历史：可能有机器副本在运行，旧备份恢复后继续签署，或者日志密钥被盗。看到两份历史的节点将不再信任该源；"
        "已发布的内容仍可阅读。运营者须凭纸质卡片启用下一个源。任何人均可离线核验证据。",
    ),
    "frozen.log": ("Log", "日志"),
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
        "its feed grew more in a day, or holds more here, than was agreed; the operator of this node decides",
        "其源一日内增长或在此存储量超出约定，须由本节点运营方决定",
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
