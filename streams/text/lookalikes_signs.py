"""Signs that stand for others by their looks: foreign letters, radicals, strokes."""

from typing import Final


def _pairs(signs: str, plain: str) -> dict[int, str]:
    return dict(zip(map(ord, signs), plain, strict=True))


LETTERS: Final[dict[int, str]] = {
    **_pairs("авгдезіїјкмнопрстухѕһԁԛԝѡьүҮ", "abrdeziijkmhonpctyxshdqwwbyy"),
    **_pairs("АВГДЕЗІЇЈКМНОПРСТУХЅҺԀԚԜѠЬ", "abrdeziijkmhonpctyxshdqwwb"),
    **_pairs("иИяЯшШщЩ", "uurrwwww"),
    **_pairs("αβγδεζηικλμνοπρστυχω", "abydeznikluvonpotuxw"),
    **_pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧΩ", "abezhikmnoptyxw"),
    **_pairs("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    **_pairs("ɑɡıȷłøđħŧƅɓɗɛƒɩɱɲƞɔɾʂƭʋʀʉ", "agijlodhtbbdefimnncrstvru"),
    **_pairs("ꓐꓑꓓꓖꓔꓙꓚꓜꓝꓟꓠꓡꓢꓣꓥꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴꓗ", "bpdgtjczfmnlsrvvhwxyaeiouk"),
    **{first + place: chr(97 + place) for first in (0x1F150, 0x1F170) for place in range(26)},
}
"""Letters of other alphabets and styles as the Latin ones that they look like."""

RADICAL_FORMS: Final[dict[int, str]] = _pairs(
    "⺁⺄⺅⺆⺈⺉⺊⺋⺌⺍⺒⺓⺕⺖⺗⺘⺙⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺧⺨⺩⺪⺫⺬⺭⺮⺯⺱⺲⺴⺶⺷⺸⺹⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙"
    "⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
    "厂乙亻冂刀刂卜卩小小巳幺彐忄心扌攵日月歹母民氵水火爪爪牛犭王疋目示礻竹糸网罒罒羊羊羊耂月臼艹艹艹虎衤西西见角角讠贝足车辶辶辶邑钅长长长门阝阝雨青韦"
    "页风飞食食饣饣首马骨鬼鱼鸟卤麦黄黾齐齐齿齿龙龙龟龟龟",
)
"""Radicals of the supplement as characters. Unicode takes those of the Kangxi block apart itself."""

FILLERS: Final = "丶丿丨亅乀乁乚亠丷灬彡冖卍卐㊣ゞの\u115f\u1160\u3164\uffa0\u17b4\u17b5"
"""Signs that count as letters but are strewn in for their looks."""

TWINS: Final[dict[int, str]] = _pairs("己巳囗曰戌戍", "已已口日戊戊")
"""Characters that hardly anybody tells apart, wherever words are compared."""

PICTURES: Final[dict[int, str]] = _pairs(
    "🐢🐎🐴🐷🐖🐶🐕🐔🐓🐮🐂🐦💩🔪💣💰💵🧧⚽🚗🐍👻🐭🐰🐉💊🔫🎫🗳🩸🍺🍻🦆🐑🐸👂💥",
    "龟马马猪猪狗狗鸡鸡牛牛鸟屎刀炸钱钱包球车蛇鬼鼠兔龙药枪票票血逼逼鸭羊蛙耳炮",
)
"""Pictures that are read as a character within a word: 脑🐢. As a rule they only adorn."""
