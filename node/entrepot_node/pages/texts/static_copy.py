"""Texts of the pages of a static copy."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "static.lead": (
        "Signed records of an innovation cluster, published as plain files. Anyone can check who said what, and since "
        "when; nodes can follow this address.",
        "创新集群的签名记录，以普通文件形式发布。任何人都可以核查谁在何时说了什么，其他节点也可关注此地址。",
    ),
    "static.records.one": ("1 record", "1 条记录"),
    "static.records": ("{number} records", "{number} 条记录"),
    "static.directory": ("Directory", "名录"),
    "static.all": ("All records by name", "按名称排列的全部记录"),
    "static.from-to": ("{first} to {last}", "{first} 至 {last}"),
    "static.previous": ("Earlier names", "靠前的名称"),
    "static.next": ("Later names", "靠后的名称"),
    "static.data": ("This list as JSON", "本列表（JSON）"),
    "static.vouched": ("Where it comes from", "出处"),
    "static.entry": (
        "Entry {index} of the feed {feed}, signed {time}.",
        "源 {feed} 的第 {index} 号条目，签署于 {time}。",
    ),
    "static.not-checked": (
        "This page is a file: nothing was checked when you opened it, and whoever runs this host could have changed "
        "it. A node that follows the feed checks all of it, and you can check this record yourself.",
        "本页是静态文件：打开时未作任何核查，主机管理者可能改动过它。关注此源的节点会核查全部内容，您也可以自行核查本记录。",
    ),
    "static.digest": ("SHA-256 of its bytes", "字节的 SHA-256"),
    "static.key": ("Signed with the key", "签名密钥"),
    "static.follow": ("To follow this feed from a node of your own", "从您自己的节点关注此源"),
    "static.catalogue": ("Description for catalogues (schema.org)", "目录描述（schema.org）"),
}
