"""Texts of the page of a record, but for the names of its fields."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "record.unnamed": ("Without a name", "未命名"),
    "record.between": ("{purpose}: {one} and {other}", "{purpose}：{one}与{other}"),
    "record.published-by": ("Published by {origin}", "由 {origin} 发布"),
    "record.id": ("Permanent id", "永久标识符"),
    "record.other-languages": ("In {number} other languages", "另有 {number} 种语言"),
    "record.other-languages.one": ("In 1 other language", "另有 1 种语言"),
    "record.machine": ("machine translation", "机器翻译"),
    "record.original": ("original", "原文"),
    "record.not-here": ("not known here", "本节点未知"),
    "record.withdrawn-ref": ("withdrawn", "已撤回"),
    "record.yes": ("Yes", "是"),
    "record.no": ("No", "否"),
    "record.not-linked": ("not linked: no web address", "未链接：不是网址"),
    "record.private-code": ("private code", "自定义代码"),
    "record.language-of": ("{name} ({tag})", "{name}（{tag}）"),
    "record.licence": ("Licence of this record", "本记录的许可"),
    "record.languages": ("Read it in", "内容语言"),
    "record.languages-many": ("{number} languages", "{number} 种语言"),
    "record.version": ("This is version {number}. It has been replaced.", "这是第 {number} 版，已被取代。"),
    "record.version-live": ("See the live version {number}", "查看当前有效的第 {number} 版"),
    "record.version-withdrawn": ("The record has been withdrawn since.", "此记录其后已撤回。"),
    # what of its content is here
    "content.superseded.title": ("Replaced before it came", "取得之前已被取代"),
    "content.superseded.text": (
        "{origin} has replaced this version before its content reached this node.",
        "{origin} 在此版本的内容到达本节点之前已将其取代。",
    ),
    "content.refused.meaning": ("What it says: {meaning}.", "含义：{meaning}。"),
    "content.refused.title": ("Refused", "已拒绝"),
    "content.refused.text": (
        "{origin} has published this, but the record breaks a rule of the standard. This node keeps the reason, never "
        "the content. The feed goes on; a corrected version replaces this one.",
        "{origin} 发布了此记录，但它违反了标准的规则。本节点只保留原因，不保留内容。该源照常继续；更正后的版本将取代它。",
    ),
    "content.refused.place": ("Reason {code} at {pointer}", "原因 {code}，位置 {pointer}"),
    "content.missing.title": ("Not here yet", "尚未取得"),
    "content.missing.text": (
        "{origin} has published this, but has not handed out its content so far. This node goes on asking.",
        "{origin} 发布了此记录，但至今未提供其内容。本节点会继续询问。",
    ),
    "content.kept.title": ("Needs newer software", "需要更新的软件"),
    "content.kept.text": (
        "{origin} has published this in a newer version of the standard than this node reads. It is kept unseen and "
        "checked again after an upgrade.",
        "{origin} 使用了比本节点所能读取的更新的标准版本。内容已保存但不展示，升级后将重新检查。",
    ),
    "content.withdrawn.title": ("Withdrawn", "已撤回"),
    "content.withdrawn.text": (
        "{origin} has taken this record back{when}. Its contents are erased here, in all versions. What stays is that "
        "something was published and withdrawn, never what.",
        "{origin} 已撤回此记录{when}。其全部版本的内容已在本节点删除。保留的只是曾经发布与撤回这一事实，而非内容。",
    ),
    "content.withdrawn.when": (" on {date}", "（{date}）"),
    # provenance
    "prov.title": ("What was checked here", "本节点核查了什么"),
    "prov.nothing": ("This record here", "本记录在本节点的情况"),
    "prov.lead": (
        "Each line is a statement of its own; none of them follows from another.",
        "以下每一行都是独立的陈述，彼此不能相互推出。",
    ),
    "prov.signature": ("The signature fits the key that the record names.", "签名与记录中指明的密钥相符。"),
    "prov.key": (
        "That key is the one in force for this entry, by line {line} of {lines} of the key log pinned for {origin}.",
        "依据为 {origin} 固定的密钥日志（共 {lines} 行）第 {line} 行，该密钥对此条目有效。",
    ),
    "prov.key-own": (
        "That key is the one in force for this entry, by line {line} of {lines} of this node's own key log.",
        "依据本节点自己的密钥日志（共 {lines} 行）第 {line} 行，该密钥对此条目有效。",
    ),
    "prov.key-replaced": ("It has been replaced by a newer key since.", "此后该密钥已被新密钥取代。"),
    "prov.key-unknown": (
        "Which line of the key log put that key in force could not be read.",
        "未能确定该密钥由密钥日志的哪一行生效。",
    ),
    "prov.fingerprint": ("Fingerprint {scid}", "指纹 {scid}"),
    "prov.entry": (
        "Entry {index} is in the feed {feed}, under the signed head of {size} entries that was checked here {when}.",
        "第 {index} 号条目在源 {feed} 之中，受本节点于 {when} 核查的签名检查点（共 {size} 条）涵盖。",
    ),
    "prov.entry-own": (
        "Entry {index} is in the feed {feed}, under the head of {size} entries that this node signed {when}.",
        "第 {index} 号条目在源 {feed} 之中，受本节点于 {when} 签署的检查点（共 {size} 条）涵盖。",
    ),
    "prov.root": ("Root {root}", "根哈希 {root}"),
    "prov.schema": ("The data fits the schema {schema}.", "数据符合模式 {schema}。"),
    "prov.updated": (
        "Its publisher last confirmed it on {date}, {age}.",
        "发布方最近一次确认的日期为 {date}（{age}）。",
    ),
    "prov.today": ("today", "今天"),
    "prov.future": ("a day still to come", "尚未到来的日期"),
    "prov.not-shown": (
        "Not shown by any of this: that the content is true. {origin} says so, and nobody else.",
        "以上均不能说明内容属实。作此陈述的是 {origin}，并无他人。",
    ),
    "prov.forked": (
        "{origin} has since signed two different histories. Its feed is stopped here.",
        "{origin} 此后签署了两份不同的历史，其源在此已停止。",
    ),
    # history, raw document
    "history.title": ("History", "历史"),
    "history.lead": (
        "Every entry about this record in the feed, newest first. Times are the publisher's.",
        "源中关于此记录的全部条目，最新在前。时间由发布方提供。",
    ),
    "history.revision": ("Version", "版本"),
    "history.index": ("Entry", "条目"),
    "history.time": ("Time", "时间"),
    "history.status": ("Content", "内容"),
    "history.live": ("Live", "当前有效"),
    "history.superseded": ("Replaced by a newer version", "已被新版本取代"),
    "history.erased": ("Erased", "已删除"),
    "history.refused": ("Refused ({code})", "已拒绝（{code}）"),
    "history.missing": ("Not here yet", "尚未取得"),
    "history.kept": ("Kept, needs newer software", "已保存，需更新的软件"),
    "history.withdrawal": ("Withdrawal", "撤回"),
    "history.bytes": ("exact bytes", "原始字节"),
    "history.all": ("All entries, and what each version changed", "全部条目及各版本的变更"),
    "history.changes": ("What each version changed", "各版本的变更"),
    "history.of": ("History of {title}", "{title}的历史"),
    "history.back": ("Back to the record", "返回记录"),
    "history.page-lead": (
        "Every entry about this record in the feed of {origin}, newest first, with what each version changed. Times "
        "are the publisher's.",
        "{origin} 的源中关于此记录的全部条目及各版本的变更，最新在前。时间由发布方提供。",
    ),
    "history.number": ("Version {number}", "第 {number} 版"),
    "history.entry": ("entry {index}", "第 {index} 号条目"),
    "history.older": ("Older entries", "更早的条目"),
    "change.add": ("Added", "新增"),
    "change.remove": ("Removed", "删除"),
    "change.replace": ("Changed", "修改"),
    "change.before": ("before: ", "原为："),
    "change.after": ("now: ", "现为："),
    "change.whole": ("The record", "记录"),
    "change.more.one": ("1 more change is not listed here.", "另有 1 处变更未列出。"),
    "change.more": ("{number} more changes are not listed here.", "另有 {number} 处变更未列出。"),
    "change.nothing": ("The profile is the same as before.", "内容与前一版本相同。"),
    "change.first": ("The first version.", "首个版本。"),
    "change.unknown": (
        "What it changed cannot be told: the content before it is not held here.",
        "无法列出变更：本节点未持有前一版本的内容。",
    ),
    # around it
    "around.members": ("Who belongs to it", "成员"),
    "around.cluster.one": ("1 cluster", "1 个集群"),
    "around.cluster": ("{number} clusters", "{number} 个集群"),
    "around.company.one": ("1 company", "1 家企业"),
    "around.company": ("{number} companies", "{number} 家企业"),
    "around.institution.one": ("1 institution", "1 家机构"),
    "around.institution": ("{number} institutions", "{number} 家机构"),
    "around.opportunities": ("Offers and requests", "供需信息"),
    # findings
    "finding.title": ("What a reader should know", "读者须知"),
    "finding.lead": (
        "Found by this node when it checked the data today; its publisher can mend it.",
        "本节点今日核查数据时发现，发布方可以更正。",
    ),
    "finding.error": ("error", "错误"),
    "finding.warning": ("warning", "警告"),
    "finding.information": ("note", "提示"),
    "raw.title": ("Check it yourself", "自行核查"),
    "raw.document": ("Signed document", "签名文档"),
    "raw.note": (
        "Shown with line breaks; what is signed is the same document on one line. Invisible characters are written "
        "as escapes.",
        "此处为便于阅读加了换行；被签名的是同一文档的单行形式。不可见字符以转义形式写出。",
    ),
    "raw.bytes": ("Exact bytes as signed", "被签名的原始字节"),
    "raw.api": ("The signed record as JSON, with all links", "签名记录及相关链接（JSON）"),
    "raw.page": ("This page as JSON", "本页 JSON"),
    "raw.digest": ("SHA-256 {digest}", "SHA-256 {digest}"),
    "raw.verify": (
        "On your own computer, without trusting this page: save the exact bytes and the key log, then run",
        "在您自己的电脑上核查而无需信任本页：保存原始字节与密钥日志，然后运行",
    ),
    "raw.verify-peer": (
        "On your own computer, without trusting this page: save the record from the answer above and the key log of "
        "{origin}, then run",
        "在您自己的电脑上核查而无需信任本页：从上述应答中保存记录，并保存 {origin} 的密钥日志，然后运行",
    ),
}
