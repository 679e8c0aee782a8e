"""Texts around the reference of the API. What the interface says of itself stays in English."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "api.title": ("Reference of the interface", "接口参考"),
    "api.lead": (
        "Everything a program can ask this node. No key is needed, and pages of any site may read it.",
        "程序可向本节点查询的全部内容。无需密钥，任何网站的页面均可读取。",
    ),
    "api.description": ("The same for programs", "供程序使用的说明"),
    "api.english": (
        "What the interface says of itself is in English only.",
        "以下对接口的逐项说明仅有英文。",
    ),
    "api.contents": ("Contents", "目录"),
    "api.parameters": ("Parameters", "参数"),
    "api.parameter": ("Parameter", "参数"),
    "api.takes": ("Takes", "取值"),
    "api.meaning": ("Meaning", "含义"),
    "api.example": ("Example", "示例"),
    "api.required": ("required", "必填"),
    "api.in.path": ("path", "路径"),
    "api.in.query": ("query", "查询"),
    "api.in.header": ("header", "标头"),
    "api.body": ("Body", "正文"),
    "api.answers": ("Answers", "应答"),
    "api.try": ("Try it", "试用"),
}
