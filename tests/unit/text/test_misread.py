"""Texts that were read wrongly once, by families: what must be found, and innocent neighbours."""

from collections.abc import Iterator

import pytest
from msgspec import Struct

from schemas.event import Attachment
from streams.text import CHILD, WordReader, fold, is_acknowledgement


class Family(Struct, frozen=True):
    """Sentences, a line each, that are a finding of the label, and neighbours that are none.

    `{c}` stands for a child of the roster.
    """

    label: str
    found: str
    innocent: str


FAMILIES = {
    "money is lent, a book is not": Family(
        "fraud",
        """
        手头紧借我一千，下月还
        借我三百应急，晚上转你
        急，借我两万周转
        兄弟借我点钱
        能不能借我5000，月底还
        """,
        """
        谁借我一下物理卷子
        借我一支红笔
        借我三块橡皮吧
        借我两本作文书
        借我一百以内加减法练习册
        誰借我一下物理卷子
        """,
    ),
    "easy loans and pay": Family(
        "fraud",
        """
        无抵押贷款，不看征信，凭身份证当天到账
        免押金贷款，三分钟到账
        这里是学校财务，本学期餐费扫码转到这个账号
        在家打字一天挣三百，想做的加我
        投资这个项目半年翻一倍，亲戚都投进去了
        """,
        """
        贷款那道应用题怎么算
        我是教务处的，通知一下明天调课
        我是新来的语文老师，请大家把名字改成实名
        打字比赛报名的找我
        一年长高五厘米，衣服要翻倍买
        """,
    ),
    "games are gambling by their stakes": Family(
        "gambling",
        """
        晚上打麻将，五块十块的，缺一个
        晚上来两把，一块钱一个子，输了现付
        来几圈，一块钱一个子，现结
        昨晚打牌输了五百，今天翻本
        网上那个打鱼的软件能提现，我昨天赢了三百
        """,
        """
        晚上打麻将缺一个，有来的没
        打牌输了给孩子做俯卧撑哈哈
        数学活动课来两把扑克牌算24点
        体育器材室缺一个篮球
        打渔船的作文写好了
        """,
    ),
    "what is illegal is offered": Family(
        "illegal",
        """
        期末原卷保真，要的先付
        出期末原卷，考前一晚发，假一赔十
        压缩包里有脚本，刷皮肤开挂都行
        附件打开能免费刷Q币，exe直接运行
        悄悄卖烟花，禁放区也送
        """,
        """
        自家果园的猕猴桃熟了,30一箱,要的私我
        猕猴桃清仓,加我微信下单
        太可怕了,某小学食堂几百人中毒,快看 http://bao.example.net/88
        附件里是寒假作业，打开打印就行
        小猴子手工明天带
        """,
    ),
    "threats to the body": Family(
        "violence",
        """
        明天让你横着出去
        你等著，我讓你橫著出去
        信不信叫你站不起来
        叫他爬着回去
        我让他下不了床
        """,
        """
        病好了才能站起来，先躺着
        孩子烧得下不了床
        积木横着放，竖着也行
        宝宝会爬着走了
        雪太大，今天出不了门
        """,
    ),
    "insults and what only sounds like one": Family(
        "abuse",
        """
        你是猪吗,这么简单的表都填错
        垃圾人
        没家教的东西，跟你妈一个样
        你脑子是不是有坑，话都看不懂
        全家没一个好东西，恶心
        """,
        """
        今天脑子不好使，忘带作业
        你是猪年生的吗
        你是猪八戒，他是沙僧，分好角色了
        垃圾人人分类，环境家家美
        我脑子不好使，老师再说一遍
        """,
    ),
    "a rude sign": Family(
        "vulgar",
        """
        🖕🖕🖕
        又要交钱🖕🏻
        你们自己看着办🖕
        操，又要交钱
        操这什么破题
        """,
        """
        加油💪🎉
        👍👍👏
        操场跑道今天封闭
        课间操又改到三点
        操行评语写好了
        """,
    ),
    "an own rumour, and one that is asked about": Family(
        "rumour",
        """
        确凿消息,学校附近有精神病人拿刀伤了五个孩子,警方不让说
        千萬別讓孩子喝直飲水,內部人剛說檢出致癌物,幾十個學生送醫院了
        有人在校门口奶茶里下药，已经倒下好几个
        别让孩子吃食堂的鸡，打了激素会早熟
        姨妈说的，奶茶里下药，警方封锁消息
        """,
        """
        朋友圈都在传下周停课,有人知道真假吗?
        这个消息官方发了没?谁核实一下
        网传要停课，有老师确认过吗
        听说食堂有人中毒，是真是假
        核实一下孩子的出生日期
        """,
    ),
    "who is against the state": Family(
        "politics",
        """
        香港早该独立
        臺灣本來就是一個國家
        西藏本来就是独立国家
        翻墙出去看看真相，别被洗脑
        台湾不属于中国
        """,
        """
        台湾是中国的一部分，不是一个国家
        班长竞选明天中午投票，选票发到每人手里
        历史上的独裁者有哪些，孩子作业
        西藏的同学下周到
        有个男生翻墙进校，被保安拦下了
        """,
    ),
    "secrets, and the duty to keep them": Family(
        "secret",
        """
        客户名单发群里了,大家自己对
        公司内部报价表，你们看看就好
        涉密文件拍给你们看看
        标底我先透露一下
        内部会议纪要给大家看看
        """,
        """
        各位注意保密纪律,涉密文件不上网
        涉密文件不能拍照，请各位遵守
        涉密文件一律不发群
        保密规定学习会周三开
        报价表是家委采购用的，大家都能看
        """,
    ),
    "small trade": Family(
        "ad",
        """
        出全新篮球,半价,自取
        出三本英语绘本，看过一遍，五块钱拿走
        我儿媳妇开了个托管班，管饭管写作业，哪家有需要跟我说一声
        暑假带小学生学游泳，一期八百，满五人开班
        拼车去市区，一人十块，找我
        转闲置学习机一台，八百可小刀
        正面管教线下课开班,原价2980现在报名只要980,扫码付款
        """,
        """
        接送拼车的可以找我
        周末去爬山有一起的吗,山顶农家乐的土鸡真香
        出几个同学去搬书
        出一张数学卷子大概要多久
        我爱人开了个会，晚点去接孩子，麻烦老师照顾
        校门口早餐店的豆浆挺好喝
        书包原价98元，现在49元，求打几折
        """,
    ),
    "gifts that all shall pay": Family(
        "donation",
        """
        给张老师买个生日礼物，每家二十，转给我
        教师节给老师买花篮，每家三十转给我
        送老师一个蛋糕，每人十块微信转我
        慰问门卫大爷，每户五十，收款码在下面
        圣诞礼物一家一百，转我
        """,
        """
        生日会每家二十个气球，我统一买
        教师节礼物老师不收，心意领了
        给老师的卡片每人写一句
        春游的蛋糕每组一个
        花篮手工每家做一个
        """,
    ),
    "a red packet by another name": Family(
        "red_packet",
        """
        班主任生日我们包个大的发群里吧，每人抢一个
        群主生日发个大的，大家抢起来
        过年了老板来个大的，看看手气
        中秋发个大的大家抢
        家委发个大的，过节大家抢抢
        """,
        """
        给爷爷包个大的饺子，孩子说过节要吃
        来个大的拥抱，节日快乐
        西瓜买个大的，班会切开分
        元旦教室贴个大的福字
        生日蛋糕订个大的
        """,
    ),
    "marks of pupils, not of a class": Family(
        "grades",
        """
        {c}这次数学98班里第一，{c}才61
        打听到了，李明宇语文92，周可62
        期末前五名：王一诺，陈子涵，李想，赵雨，孙乐
        {c}英语又没及格，{c}满分
        全班就{c}一个考了一百
        期中语文成绩表.xls
        """,
        """
        期中语文全班平均87.5,及格率100%
        班级平均92，优秀率85
        语文82页第三题
        数学98道口算
        前五名是按到校先后，不是成绩
        {c}英语30分钟打卡完成
        """,
    ),
    "one child's affair, whatever the lesson": Family(
        "private_matter",
        """
        老师,我家{c}昨天的口算错得多吗?
        老师{c}今天吃饭了没
        老师,我们家{c}就是懒,作业天天拖到半夜,说多少遍都没用
        老师我儿子这次口算错得多不多
        老师您好，我女儿作文为什么只有二十分，能帮看看吗
        """,
        """
        老师们吃饭了没，辛苦了
        口算每天一页就够
        数学卷子要家长签字吗
        老师，作文几号交
        数学书第几页，孩子说老师没讲页码
        """,
    ),
    "talk of the day": Family(
        "chitchat",
        """
        你们双十一都囤了啥好东西
        世界杯预选赛刚进球了兄弟们
        今天商场打折我逛了仨小时累瘫了
        晚上打麻将缺一个，有来的没
        女排决赛绝杀太燃
        隔壁那家烤串太香了,排了两小时队
        今晚喝点?老酒馆走起
        今天地铁挤得我鞋都掉了,逛完街累瘫
        """,
        """
        体育课足球进球的同学加一分
        世界杯主题手抄报周五交
        商场义卖活动周六九点集合
        女排精神演讲稿明天交
        孩子们把图书角的书囤在桌上了
        科学课刷到一个实验视频，分享给大家
        食堂今天的烤鸡腿孩子说好吃，谢谢师傅
        """,
    ),
    "groups of people": Family(
        "discrimination",
        """
        单亲家庭出来的孩子都这样
        农村来的教出来的孩子都这样
        外来务工家的就没规矩
        留守的，奶奶带的，能好到哪去
        城中村出来的都这德行
        """,
        """
        农村出来的老师讲课真好
        单亲家庭补助的表在群文件
        城中村改造的新闻看了吗
        外来务工子女入学要带居住证
        残疾人坡道修好了
        """,
    ),
    "a child that is called bad": Family(
        "criticise_child",
        """
        {c}心眼太多，别让你们孩子跟她玩
        你们班那个{c}天生坏种
        {c}一肚子坏水
        {c}心眼坏，别跟他一组
        就{c}那个坏胚子干的
        """,
        """
        学校官网又打不开了
        热线又打不通
        {c}今天忘带水杯了，麻烦家长送一下
        {c}把橡皮还给失主，好样的
        种子坏了，科学课要换一包
        """,
    ),
    "a quarrel": Family(
        "conflict",
        """
        说谁家不交钱呢，指名道姓说
        你管好自己再说别人吧
        你先管好你家的事
        管好你自己
        背地里捅刀子算什么
        """,
        """
        你管好自己的书包水杯，妈妈四点到
        先管好自己的情绪再教孩子
        意见请填在意见箱
        背后的小书包是谁的
        这次请指定一位同学说
        """,
    ),
}


@pytest.fixture(scope="module")
def reader() -> WordReader:
    return WordReader.default()


def lines(text: str) -> Iterator[str]:
    return (line.strip().replace("{c}", CHILD) for line in text.splitlines() if line.strip())


FOUND = [(family.label, line) for family in FAMILIES.values() for line in lines(family.found)]
INNOCENT = [(family.label, line) for family in FAMILIES.values() for line in lines(family.innocent)]


@pytest.mark.parametrize(("label", "text"), FOUND)
def test_a_family_is_found_in_many_words(reader: WordReader, label: str, text: str) -> None:
    assert label in {match.label for match in reader.read(text)}


@pytest.mark.parametrize(("label", "text"), INNOCENT)
def test_its_innocent_neighbours_are_not_taken_for_it(
    reader: WordReader, label: str, text: str
) -> None:
    assert label not in {match.label for match in reader.read(text)}


def test_a_rude_sign_is_shown_in_its_place_and_found_in_a_title(reader: WordReader) -> None:
    (match,) = reader.read("行吧🖕")
    titled = reader.read("", [Attachment(type="sticker", name="🖕")])

    assert (match.label, match.text, match.start, match.end) == ("vulgar", "🖕", 2, 3)
    assert "vulgar" in {one.label for one in titled}


def test_a_rude_sign_is_found_among_many_messages(reader: WordReader) -> None:
    told = reader.read_all([("好", (), "parent")] * 40 + [("🖕", (), "parent")])

    assert [len(one) for one in told] == [0] * 40 + [1]


@pytest.mark.parametrize(
    "text",
    [
        "收到收到", "好滴老师", "👌", "👌🏻👌🏻", "🙏🙏", "👍", "已读谢谢张老师", "+1", "111", "OKOK",
        "收到👌", "收到🙏谢谢老师", "[强]", "[玫瑰][玫瑰]", "收到[抱拳]", "嗯嗯嗯嗯", "好哒好哒",
        "收到（张一凡妈妈）", "三年级二班张一凡收到", "15号李想收到", "谢谢老师费心", "感恩老师",
        "老师您辛苦了", "收到，会配合", "收到照办", "好的马上办", "Thank you老师", "得嘞", "✅",
        "收到，感謝老師的辛苦付出", "姥姥收到", "谢谢老师提醒🌹",
    ],
)  # fmt: skip
def test_acknowledgements_come_with_pictures_repeats_and_names(text: str) -> None:
    assert is_acknowledgement(text)


@pytest.mark.parametrize(
    "text",
    [
        "支持", "顶", "顶顶顶", "收到？", "收到吗", "👌？", "👌吗", "好的？", "好的，几点集合", "👎", "🖕",
        "😭", "没收到", "张凡没收到", "还没收到", "谁收到了", "都收到了吗", "周一收到", "爸爸好",
        "各位家长好", "收到红包", "收到货了", "+2", "报名", "12", "1班", "要一份", "[微笑]吗", "", " ",
        "\ufe0f", "看到有人打架", "谢谢你八辈祖宗",
    ],
)  # fmt: skip
def test_questions_and_opinions_in_the_same_clothes_are_none(text: str) -> None:
    assert not is_acknowledgement(text)


def test_a_normal_form_is_judged_as_its_text_is() -> None:
    for text in ("收到👌", "收到[抱拳]", "謝謝老師！", "ＯＫ", "没收到", "支持"):
        assert is_acknowledgement(fold(text)) == is_acknowledgement(text)
