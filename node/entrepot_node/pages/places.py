"""Names of languages and territories, for those a visitor is likely to meet; all others show their code.

Where the name of a place is itself in dispute between likely readers, the code stands for it.
"""

from __future__ import annotations

from entrepot_node.pages.messages import CHINESE

_TERRITORIES = """
AT Austria 奥地利 de|BE Belgium 比利时 nl fr de|BG Bulgaria 保加利亚 bg|BR Brazil 巴西 pt|CA Canada 加拿大 en fr
CH Switzerland 瑞士 de fr it|CN China 中国 zh-Hans|CY Cyprus 塞浦路斯 el|CZ Czechia 捷克 cs|DE Germany 德国 de
DK Denmark 丹麦 da|EE Estonia 爱沙尼亚 et|ES Spain 西班牙 es ca eu gl|FI Finland 芬兰 fi sv|FR France 法国 fr
GB United_Kingdom 英国 en|GR Greece 希腊 el|HK Hong_Kong_SAR_China 中国香港特别行政区 zh-Hant|HR Croatia 克罗地亚 hr
HU Hungary 匈牙利 hu|IE Ireland 爱尔兰 en ga|IL Israel 以色列 he|IN India 印度 hi en|IS Iceland 冰岛 is
IT Italy 意大利 it|JP Japan 日本 ja|KR South_Korea 韩国 ko|LI Liechtenstein 列支敦士登 de|LT Lithuania 立陶宛 lt
LU Luxembourg 卢森堡 fr de lb|LV Latvia 拉脱维亚 lv|MO Macao_SAR_China 中国澳门特别行政区 zh-Hant pt|MT Malta 马耳他 mt en
MY Malaysia 马来西亚 ms|NL Netherlands 荷兰 nl|NO Norway 挪威 nb no nn|NZ New_Zealand 新西兰 en|AU Australia 澳大利亚 en
PL Poland 波兰 pl|PT Portugal 葡萄牙 pt|RO Romania 罗马尼亚 ro|SA Saudi_Arabia 沙特阿拉伯 ar|SE Sweden 瑞典 sv
SG Singapore 新加坡 en zh-Hans|SI Slovenia 斯洛文尼亚 sl|SK Slovakia 斯洛伐克 sk|TR Türkiye 土耳其 tr
AE United_Arab_Emirates 阿联酋 ar|US United_States 美国 en|VN Vietnam 越南 vi
"""

_LANGUAGES = """
ar Arabic 阿拉伯语|bg Bulgarian 保加利亚语|ca Catalan 加泰罗尼亚语|cs Czech 捷克语|da Danish 丹麦语|de German 德语
el Greek 希腊语|en English 英语|es Spanish 西班牙语|et Estonian 爱沙尼亚语|eu Basque 巴斯克语|fa Persian 波斯语|fi Finnish 芬兰语
fr French 法语|ga Irish 爱尔兰语|gl Galician 加利西亚语|he Hebrew 希伯来语|hi Hindi 印地语|hr Croatian 克罗地亚语
hu Hungarian 匈牙利语|is Icelandic 冰岛语|it Italian 意大利语|ja Japanese 日语|ko Korean 韩语|lb Luxembourgish 卢森堡语
lt Lithuanian 立陶宛语|lv Latvian 拉脱维亚语|mt Maltese 马耳他语|nb Norwegian_Bokmål 书面挪威语|nl Dutch 荷兰语|no Norwegian 挪威语
nn Norwegian_Nynorsk 新挪威语|pl Polish 波兰语|pt Portuguese 葡萄牙语|ro Romanian 罗马尼亚语|ru Russian 俄语|sk Slovak 斯洛伐克语
sl Slovenian 斯洛文尼亚语|sv Swedish 瑞典语|tr Turkish 土耳其语|uk Ukrainian 乌克兰语|ur Urdu 乌尔都语|vi Vietnamese 越南语
zh Chinese 中文|zh-Hans Chinese,_simplified 简体中文|zh-Hant Chinese,_traditional 繁体中文
zh-Latn-pinyin Chinese,_pinyin 汉语拼音|und Language_unknown 语言不明
"""


def _table(text: str) -> dict[str, list[str]]:
    rows = [row.split() for line in text.strip().splitlines() for row in line.split("|")]
    return {row[0]: [part.replace("_", " ") for part in row[1:]] for row in rows}


_TERRITORY = _table(_TERRITORIES)
_LANGUAGE = _table(_LANGUAGES)


def territory_name(code: str, page_language: str) -> str:
    """What a country or territory is called on a page, or its code."""
    found = _TERRITORY.get(code)
    return found[page_language == CHINESE] if found else code


def language_name(tag: str, page_language: str) -> str:
    """What a language is called on a page, or its tag."""
    found = _LANGUAGE.get(tag)
    return found[page_language == CHINESE] if found else tag


def languages_of(country: str) -> tuple[str, ...]:
    """The languages organisations of a country are named in at home."""
    return tuple(_TERRITORY.get(country, ["", ""])[2:])
