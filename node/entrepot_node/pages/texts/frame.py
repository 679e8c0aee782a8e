"""Texts of the frame around each page, of the start page, the lists and the error pages."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "skip": ("Skip to the content", "跳到正文"),
    "nav": ("Main", "主导航"),
    "nav.languages": ("Language", "语言"),
    "nav.home": ("This node", "本节点"),
    "nav.search": ("Directory", "名录"),
    "nav.peers": ("Peers", "对等节点"),
    "demo.title": ("Demo.", "演示。"),
    "demo.text": (
        "The clusters, their companies, relations and offers are invented. Other organisations come from open data and take no part.",
        "演示集群及其企业、关系和供需信息均为虚构；其他机构来自开放数据，并未参与本网络。",
    ),
    "footer.about": (
        "This page runs no scripts, sets no cookies and loads nothing from other hosts.",
        "本页不运行脚本、不设置 Cookie，也不从其他主机加载任何内容。",
    ),
    "footer.data": ("Data", "数据"),
    "footer.software": ("Entrepot {version}", "Entrepot {version}"),
    "external": ("(another site)", "（外部网站）"),
    "none": ("none", "无"),
    # start page
    "home.lead": (
        "This node publishes signed records of an innovation cluster and shows those of its peers. "
        "Anyone can check who said what, and since when.",
        "本节点发布创新集群的签名记录，并展示对等节点的记录。任何人都可以核查谁在何时说了什么。",
    ),
    "home.identity": ("Who this node is", "节点身份"),
    "home.origin": ("Origin", "源名"),
    "home.fingerprint": ("Fingerprint", "指纹"),
    "home.fingerprint-how": (
        "Before you follow this node, read this fingerprint to its operator by phone, or on paper from a person you "
        "know, and compare every character, capitals included. Never compare it by a link or message that came with it.",
        "关注本节点之前，请通过电话或可信之人提供的纸质材料与运营方逐字核对此指纹，注意区分大小写。"
        "请勿用随指纹一同发来的链接或消息进行核对。",
    ),
    "home.territory": ("Speaks for", "代表地区"),
    "home.territory-claim": ("by its own account", "自述"),
    "home.licence": ("Licence", "许可"),
    "home.licence-note": ("unless a record names another", "记录另有注明的除外"),
    "home.takedown": ("Ask for removal", "申请删除"),
    "home.takedown-none": ("No contact is set.", "尚未设置联系方式。"),
    "home.held": ("Records held here", "本节点持有的记录"),
    "home.held-own.one": ("record of this node", "条记录来自本节点"),
    "home.vouched": ("Vouched for", "见证"),
    "home.vouched-of": (
        "Its newest head is cosigned by {number} of {total} peers that can.",
        "在 {total} 个可以联署的对等节点中，已有 {number} 个联署其最新检查点。",
    ),
    "home.vouched-none": (
        "No peer that this node follows cosigns yet: only its own signature vouches for its history.",
        "本节点关注的对等节点尚无联署：其历史目前仅由自身签名担保。",
    ),
    "home.voucher": ("{origin}, {when}", "{origin}，{when}"),
    "home.held-peers.one": ("record from {peers}", "条记录来自{peers}"),
    "home.held-own": ("records of this node", "条记录来自本节点"),
    "home.held-peers": ("records from {peers}", "条记录来自{peers}"),
    "home.peers-count.one": ("1 peer", "1 个对等节点"),
    "home.peers-count": ("{number} peers", " {number} 个对等节点"),
    "home.newest": ("Newest", "最新记录"),
    "home.newest-note": ("In the order in which they arrived here.", "按到达本节点的先后排列。"),
    "home.newest-none": ("Nothing has been published yet.", "尚未发布任何记录。"),
    "home.all": ("All records", "全部记录"),
    "home.programs": ("For programs", "供程序使用"),
    "home.api-docs": ("Reference of the interface, with examples", "接口说明与示例"),
    "home.api-search": ("Records with search and facets, as JSON", "记录检索与分面（JSON）"),
    "home.api-lines": ("All live records, one signed record a line", "全部有效记录，每行一条签名记录"),
    "home.api-changes": ("Changes in the order of arrival", "按到达先后排列的变更"),
    "home.api-catalogue": ("Entry for data portals (DCAT-AP)", "数据门户目录条目（DCAT-AP）"),
    "home.node-document": ("Signed node document", "签名的节点文档"),
    "home.key-log": ("Key log", "密钥日志"),
    "home.checkpoint": ("Signed head of the feed", "源的签名检查点"),
    "place": ("{town}, {country}", "{country} {town}"),
    # errors
    "error.code": ("Code: {code}", "代码：{code}"),
    "error.home": ("Go to the start page", "前往首页"),
    "error.search": ("Search the directory", "检索名录"),
    "error.404.title": ("Not known here", "本节点没有此页"),
    "error.404.text": (
        "No node this one knows has published that, or the address is mistyped. An id ends in 26 letters and digits.",
        "本节点所知的节点均未发布此内容，或地址有误。标识符以 26 位字母和数字结尾。",
    ),
    "error.record.hidden.title": ("Hidden here", "本节点不显示"),
    "error.record.hidden.text": (
        "The operator of this node does not show this record. It has not been withdrawn by the one who published it: "
        "ask the node that its address names.",
        "本节点运营方不显示此记录。发布方并未撤回该记录；请向其地址所指的节点查询。",
    ),
    "error.400.title": ("This address cannot be read", "地址无法识别"),
    "error.400.text": (
        "Part of the address is not what a page of this node would have written.",
        "地址中有一部分不是本节点页面生成的内容。",
    ),
    "error.410.title": ("Withdrawn", "已撤回"),
    "time.at": ("{date}, {clock} UTC", "{date} {clock}（UTC）"),
    "time.less": ("less than a minute", "不到 1 分钟"),
    "time.minutes.one": ("1 minute", "1 分钟"),
    "time.minutes": ("{number} minutes", "{number} 分钟"),
    "time.hours.one": ("1 hour", "1 小时"),
    "time.hours": ("{number} hours", "{number} 小时"),
    "time.days.one": ("1 day", "1 天"),
    "time.days": ("{number} days", "{number} 天"),
    "time.months": ("{number} months", "{number} 个月"),
    "time.years": ("{number} years", "{number} 年"),
    "time.ago": ("{duration} ago", "{duration}前"),
}
