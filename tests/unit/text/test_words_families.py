"""The lists as a district meets them: families of what is said, and their innocent neighbours."""

import pytest

from streams.text import WordReader
from streams.text.lexicon import compile_lexicon, load_lexicon


@pytest.fixture(scope="module")
def reader() -> WordReader:
    return WordReader.default()


def labels(reader: WordReader, text: str, role: str = "parent") -> set[str]:
    return {match.label for match in reader.read(text, (), role)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("尼玛的，说谁呢", {"abuse"}),
        ("本人做代购，化妆品包包手表都能带，要的加好友", {"ad"}),
        ("你算什么东西", {"abuse"}),
        ("食堂的饭连猪都不吃", {"defame_school"}),
        ("真人荷官，首充送88", {"gambling"}),
        ("需要成人视频的加我", {"porn"}),
    ],
)
def test_one_thing_is_said_once(reader: WordReader, text: str, found: set[str]) -> None:
    assert labels(reader, text) == found


def test_no_label_yields_to_one_that_yields_to_it_in_turn() -> None:
    yields = load_lexicon().yields
    for label in yields:
        reached, ahead = set[str](), [label]
        while ahead:
            for other in yields.get(ahead.pop(), frozenset()) - reached - {"*"}:
                reached.add(other)
                ahead.append(other)

        assert label not in reached


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("学校这样应付检查，真让人寒心", "defame_school"),
        ("这老师凭什么，还有脸收钱", "defame_school"),
        ("外地人凭什么占学位", "discrimination"),
        ("你家孩子先推的人，你还有脸说", "conflict"),
        ("听说隔壁小区有孩子被人带走了", "rumour"),
        ("教育局的人说明年中考取消英语", "rumour"),
        ("老师，路上追尾了，我们晚二十分钟到", "leave_request"),
        ("孩子身份证320000201503124418，麻烦登记", "privacy_id"),
        ("他家就住柳巷15号二楼", "privacy_address"),
        ("期中成绩：王浩98、李欣95、赵磊62", "grades"),
    ],
)
def test_a_family_is_known_by_what_it_is_about_and_how(
    reader: WordReader, text: str, label: str
) -> None:
    assert label in labels(reader, text)


@pytest.mark.parametrize(
    "text",
    [
        "感谢食堂师傅，孩子说鸡腿好吃死了",
        "学校发的那张码不敢乱扫，怕是骗子",
        "钱已经转给家委会王妈妈了，请查收",
        "老师不好意思，打扰您了",
        "一个书包进价60元，加价后打八折出售，利润是多少",
        "刚刚那个投票链接大家别点，是病毒",
        "方法是用番茄钟，磨蹭的孩子可以试试",
        "学校的课后服务可以晚半小时接吗",
        "旧校服有需要的吗，送给需要的孩子",
    ],
)
def test_a_neighbour_of_a_family_is_clean(reader: WordReader, text: str) -> None:
    assert labels(reader, text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "放学别跑太快，注意安全",
        "这个表谁能找人打印一下",
        "多叫几个人来搬桌子吧",
        "妈妈帮你收拾你的书包",
        "手工课要带把刀，削苹果用的那种小刀",
        "垃圾不要从楼上丢下去",
        "明天带套餐具",
        "我靠窗坐，看得清黑板",
        "大奶奶今天来接",
        "孙子发烧了，在家歇着",
        "后面有个小土包",
        "校服裤子太紧了，能换吗",
    ],
)
def test_letters_of_a_threat_or_an_insult_within_an_ordinary_sentence_are_none(
    reader: WordReader, text: str
) -> None:
    grave = {"violence", "vulgar", "abuse", "discrimination"}

    assert not grave & labels(reader, text)


@pytest.mark.parametrize(
    "text",
    ["放学别走，看我怎么收拾你", "信不信我叫几个人去你家门口堵你", "再敢欺负我儿子我找人打你试试"],
)
def test_the_same_letters_in_company_are_a_threat(reader: WordReader, text: str) -> None:
    assert labels(reader, text) & {"violence", "conflict"}


@pytest.mark.parametrize(
    "text",
    [
        "红包就不要发了吧",
        "拉票和砍价都不能往这儿发",
        "刚才那个砍一刀我发错群了，已撤回",
        "集赞链接麻烦撤一下",
    ],
)
def test_a_word_against_sending_turns_what_stands_before_it(reader: WordReader, text: str) -> None:
    assert labels(reader, text) == set()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("红包抢不到怎么都不发了", "red_packet"),
        ("发红包，不发的踢", "red_packet"),
        ("考前答案要的私我，别发群里", "illegal"),
        ("蜂蜜一箱80元包邮，要的私聊我，别发群里", "ad"),
    ],
)
def test_who_offers_is_found_though_he_forbids_as_well(
    reader: WordReader, text: str, label: str
) -> None:
    assert label in labels(reader, text)


@pytest.mark.parametrize(
    "text",
    [
        "他妈上夜班，今天我接",
        "那道分红包题是每人分几块",
        "操场捡到一只电话手表，贴了只兔子，谁家的来拿",
        "派出所说刷单返利都是骗局，莫点",
        "课本剧里演恶霸的台词老师改短了",
        "表格周五前统一交教务处",
        "多谢老师上次帮我家孩子送到校医室",
        "今晚没有书面作业，陪家里人散散步",
    ],
)
def test_homework_warnings_thanks_and_things_found_are_clean(reader: WordReader, text: str) -> None:
    assert labels(reader, text) == set()


def test_a_turn_within_a_longer_word_turns_nothing(reader: WordReader) -> None:
    assert "rumour" in labels(reader, "内部消息，下周全市停课，文件还没下来，先囤点菜")
    assert "vote_canvass" in labels(reader, "给我那条视频点个小心心，就差二十个赞了，拜托")


def test_a_word_within_another_finding_hides_no_earlier_one_of_its_list() -> None:
    lexicon = compile_lexicon(
        {
            "x": """
            groups: {meal: 早餐}
            patterns: {day: '早餐.晚'}
            labels: {ad: {together: ['{meal} & {day}']}}
            """
        }
    )
    reader = WordReader.of(lexicon)

    assert [match.text for match in reader.read("早餐好，早餐午晚")] == ["早餐好，早餐午晚"]
    assert not reader.read("好，早餐午晚")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("滚,垃圾", "abuse"),
        ("傻子", "abuse"),
        ("大废物", "abuse"),
        ("真是个废物", "abuse"),
        ("你们就是一群垃圾", "abuse"),
        ("你家没一个好东西", "abuse"),
        ("上头的官员没一个好东西", "politics"),
        ("领导人没一个干净", "politics"),
        ("共产党快完了", "politics"),
        ("不信上帝的都要下地狱", "religion"),
        ("你是怎么当妈的？", "conflict"),
        ("你们咋当爹的，孩子教成这样", "conflict"),
        ("你们家凭什么插队", "conflict"),
        ("第一名陈可欣98,第二名赵雨桐96,第三名刘子墨95", "grades"),
        ("前三名：陈可欣298，赵雨桐295，刘子墨290", "grades"),
        ("第1名陈可欣 第2名赵雨桐 第3名刘子墨，按总分", "grades"),
        ("陈可欣数学考了98，全班第二", "grades"),
        ("赵雨桐语文58，数学61，倒数第三", "grades"),
        ("老师,浩然挑食,中午请盯着他把青菜吃完", "private_matter"),
        ("老师，浩然鞋子找不到", "private_matter"),
        ("老师，浩然想换座位", "private_matter"),
        ("他爸爸去年坐牢了", "privacy_other"),
        ("浩然得了抑郁症", "privacy_other"),
        ("浩然爸爸去年坐牢了", "privacy_other"),
        ("外地来的孩子就是脏", "discrimination"),
        ("看我不炸了这学校", "violence"),
        ("周末去搓一顿烧烤，我请客", "chitchat"),
        ("今晚欧冠决赛有人看吗", "chitchat"),
        ("新上的科幻片特效绝了，谁看了", "chitchat"),
        ("卖手工皂,18一块,私", "ad"),
        ("还剩五斤饺子,最后机会,要的扣1", "ad"),
        ("卖游戏皮肤兑换码,五元一个", "ad"),
        ("叫你打球都不来,废物", "abuse"),
        ("大奔接送,有面子,你们还在挤公交吧", "flaunt"),
        ("那帮领导人就知道自己捞", "politics"),
        ("不要去那家医院,刚死了两个孩子全都瞒着,大家扩散", "rumour"),
    ],
)
def test_a_family_is_known_where_little_is_said(reader: WordReader, text: str, label: str) -> None:
    assert labels(reader, text) == {label}


@pytest.mark.parametrize(
    "text",
    [
        "代写作业十元一科,要的私我",
        "帮抄作业五块一份",
        "代写寒假作业，包满意，价格私聊",
        "王者代打上分，一星两元",
    ],
)
def test_what_pupils_do_for_money_is_trade_and_no_crime(reader: WordReader, text: str) -> None:
    assert labels(reader, text) == {"ad"}


def test_a_thesis_for_money_is_a_crime(reader: WordReader) -> None:
    assert "illegal" in labels(reader, "代写论文，包查重")


@pytest.mark.parametrize(
    "text",
    [
        "倒垃圾",
        "今天谁倒垃圾",
        "废物利用手工明天交",
        "孩子说有同学叫他傻子，麻烦管管",
        "当妈的都不容易",
        "怎么当好妈妈，讲座周六上午",
        "第一名三班，第二名五班",
        "跳绳比赛第一名陈可欣130个，第二名赵雨桐126个",
        "班徽方案请家长投票选一个,在群里回A或B",
        "选B或C都行",
        "政策出来了，大家看看",
        "紧急通知:受台风影响明天停课一天",
        "大家都别交现金，用平台缴费",
        "爱心捐书活动周五截止",
        "陈可欣今天帮老师搬书，点赞",
        "老师最近辛苦了，孩子进步很大",
        "浩然今天把饭都吃完了，老师夸他",
        "气得我要炸了",
        "请问孩子请假的流程是什么",
        "寺庙研学那天穿运动鞋",
        "孩子皮肤过敏，别给他吃芒果了",
        "学校南门在文一路,停车走地库",
        "周末带孩子参观古寺写生,要带画板吗",
        "谁要一起订牛奶",
        "紧急:明日因暴雪停课",
    ],
)
def test_a_neighbour_of_these_families_is_no_finding(reader: WordReader, text: str) -> None:
    assert labels(reader, text) == set()


def test_whether_a_child_listens_is_asked_and_no_blame(reader: WordReader) -> None:
    text = "老师,浩然最近数学听得懂吗?上课有没有走神?"

    assert labels(reader, text) == {"private_matter"}
