"""What a message gives away of people."""

import pytest

from quality.pii import FALSE_MAX, FLOORS, Sample, found, samples, shares
from streams.text.privacy import digits_of, find_private
from streams.text.privacy.rolls import names_listed

HOSTS = ("edu.cn", "gov.cn")


def private(text: str) -> list[tuple[str, str]]:
    return [(label, text[a:b]) for label, a, b in find_private(text, allowed=HOSTS)]


@pytest.mark.parametrize(
    "number",
    [
        "13900001122", "138 1234 5678", "158-0000-5866", "１３７００００８８９９", "壹叁陆零零零零伍伍陆陆",
        "①③⑦⓪⓪⓪⓪⑦④⑤⑤", "1\u200b3\u200b7\u200b0\u200b0\u200b0\u200b0\u200b0\u200b5\u200b7\u200b8",
        "177oooo268o", "+86 130-0000-9306", "幺三八洞洞幺三八洞洞洞", "l38OOl38OOO", "138\n0013\n8000",
        "1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0", "138*0013*8000", "1😊3😊8😊0😊0😊1😊3😊8😊0😊0😊0", "138啊0013啊8000",
        "138 00 13 80 00", "13 8001 38000", "8613800138000", "+852 6123 4567",
    ],
)  # fmt: skip
def test_mobile_numbers_are_found_however_their_digits_are_written(number: str) -> None:
    assert private(f"我的电话是{number}，谢谢") == [("privacy_phone", number)]


def test_a_chinese_digit_of_a_word_before_a_number_is_no_part_of_it() -> None:
    assert private("星期一13800138000") == [("privacy_phone", "13800138000")]
    assert private("我手机前三位138中间0013后四位8000")[0][0] == "privacy_phone"


def test_several_numbers_in_one_message_are_found_each() -> None:
    assert private("王芳15000003344 刘洋15100005566") == [
        ("privacy_phone", "15000003344"),
        ("privacy_phone", "15100005566"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "我家电话是（0571）8888 6666", "张伟爸爸 0571-88886666", "家里座机88886666", "我办公室0311-8605514转8012",
    ],
)  # fmt: skip
def test_landlines_of_people_are_found(text: str) -> None:
    assert [label for label, _ in private(text)] == ["privacy_phone"]


@pytest.mark.parametrize(
    "text",
    [
        "订书编号9787020002207", "订单号 13812345678 已发货", "口算 13 25 46 78 91 24 35", "学校总机0571-12345678",
        "签到码 884213", "订单编号13800001357246", "口算138-59=79", "会议号 915 622 200", "会议号码 138 0013 8000",
        "13:45-15:30 16:20", "客服4008208820", "比分13:15 15:13 21:19", "1 3 5 7 9 11 13 15 17 19 21",
        "票房13800138000元", "SF13800138000", "电话是010-84373008，几点开门", "景点010-69016673;13716225663",
        "抄写数字 1 3 8 0 0 1 3 8 0 0 0", "0.13912345678", "跳绳138 145 152 160 171", "一三五上午，二四六下午",
        "各组得分 62 87 73 55 71 18 42 68", "背诵圆周率3.1415926535897932384626", "三七二十一，四七二十八，五七三十五",
    ],
)  # fmt: skip
def test_other_numbers_are_nobody_s(text: str) -> None:
    assert private(text) == []


def test_a_number_that_the_school_made_public_is_no_finding() -> None:
    assert find_private("请拨 138 1234 5678", [digits_of("+86 13812345678")]) == []
    assert find_private("我家0571-88886666", [digits_of("88886666")]) == []


def test_identity_numbers_need_their_check_digit() -> None:
    assert [label for label, _ in private("号码：330000201509060039")] == ["privacy_id"]
    assert private("号码：330000201509060038") == []


@pytest.mark.parametrize(
    "text",
    [
        "身份证330106800101123", "护照 E12345678", "学籍号G330000201509060039", "证件 330000 20150906 0039",
        "三三〇〇〇〇二〇〇九一〇一五一二四叉", "三三〇〇〇〇二〇〇九一〇一五一二四X",
    ],
)  # fmt: skip
def test_old_and_other_papers_are_found(text: str) -> None:
    assert [label for label, _ in private(text)] == ["privacy_id"]


def test_fifteen_digits_are_an_identity_only_where_a_word_says_so() -> None:
    assert private("流水 330106800101123") == []


def test_bank_cards_need_their_check_digit() -> None:
    assert private("银行卡：6222 0000 0048 5741 577") == [
        ("privacy_other", "6222 0000 0048 5741 577")
    ]
    assert private("银行卡：6222 0000 0048 5741 578") == []
    assert private("订单号6222000000752837652") == []


def test_a_bank_that_is_named_makes_up_for_a_wrong_figure_of_its_card() -> None:
    assert private("退到我建行卡6222000000485741578") == [("privacy_other", "6222000000485741578")]
    assert private("建行活动编号6222000000485741578") == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("出生证编号R410583921", "R410583921"),
        ("出生医学证明编号 T440381926", "T440381926"),
        ("帮我查分，准考证25210106150342", "25210106150342"),
        ("身份证后六位179976", "179976"),
    ],
)
def test_papers_without_a_check_are_found_behind_their_name(text: str, number: str) -> None:
    assert private(text) == [("privacy_id", number)]


@pytest.mark.parametrize(
    "text",
    [
        "滨江东路九十七号五零二，阿姨直接开", "寄我这：天河区·员村·二横路·6号大院·3栋·704", "寄铁西区兴工北街88号3-2-1",
        "住杨庄村东头第三排", "我们在万柳塘路51-3号412", "住学校后面教工楼2门401",
    ],
)  # fmt: skip
def test_rooms_and_rows_without_a_house_are_addresses(text: str) -> None:
    assert [label for label, _ in private(text)] == ["privacy_address"]


@pytest.mark.parametrize("text", ["新馆在解放路18号2024年建", "人民路12号300米处"])
def test_a_figure_of_something_else_is_no_room(text: str) -> None:
    assert private(text) == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("扣扣 987654321 加我", "987654321"), ("加我qq 123456", "123456"), ("邮箱 li.jing@example.org", "li.jing@example.org"),
        ("ｖｘ：ｌｉｙａｎｇ８８", "ｌｉｙａｎｇ８８"), ("微信号 liyang_88", "liyang_88"), ("扣扣：九八七六五四三二一", "九八七六五四三二一"),
        ("li.jing艾特163.com", "li.jing艾特163.com"), ("车牌浙AD12345，挪一下", "浙AD12345"), ("苏E 88G6T挡门", "苏E 88G6T"),
    ],
)  # fmt: skip
def test_ids_mails_and_plates_are_found(text: str, part: str) -> None:
    assert private(text) == [("privacy_other", part)]


@pytest.mark.parametrize(
    "text",
    [
        "QQ群号123456789", "公众号：yangguangxiaoxue", "微信支付了200元", "微信步数18888步", "校车浙A12345到了",
        "投稿 sina@jyj.example.edu.cn", "qq空间2023年", "京剧A组", "加微信群", "QQ音乐听英语", "hello wechat",
        "Look at No.5.It is red", "密码是abc123456", "客服QQ800012345",
    ],
)  # fmt: skip
def test_groups_buses_and_offices_are_nobody_s(text: str) -> None:
    assert private(text) == []


def test_ids_count_only_where_it_matters_how_people_are_reached() -> None:
    assert find_private("加我qq 123456", reached=False) == []


@pytest.mark.parametrize(
    "text",
    [
        "我家在中山路66号绿城花园3幢402", "李静住在阳光小区7号楼1单元501", "收货地址：建国南路18弄5号601室", "我家住阳光小区",
        "恒大绿洲16栋一单元九零二", "我住七栋", "住石桥村3组", "住校，3号宿舍楼412", "赵一鸣家住梧桐里12幢301室",
        "上门取：花园新村 8-2-401", "阳 光 小 区 1 3 號 樓 2 單 元 4 0 5", "他家就在学校后面的和平里小区6号楼",
    ],
)  # fmt: skip
def test_homes_are_found(text: str) -> None:
    assert [label for label, _ in private(text)] == ["privacy_address"]


@pytest.mark.parametrize(
    "text",
    [
        "今天语文第3单元听写", "家长会在2号楼302教室", "孩子在教学楼3栋201", "地址在北京市海淀区颐和园路5号", "书店在中山路12号",
        "他住院了在3号楼", "家住得远的同学", "住宿费交了吗", "你们住哪个小区", "请把材料送到教学楼3号楼201室",
        "小红家住6栋,小丽家住8栋,相差多少", "我们小区3号楼停水", "送到学校3号门", "记住三个单元的词", "3栋和5栋中间是操场",
        "请把疫苗本送到3号楼102医务室", "校车停靠点：阳光小区南门7:10", "取件码8-2-1380", "有没有阳光小区的家长一起拼车",
    ],
)  # fmt: skip
def test_schools_public_places_and_sums_are_no_homes(text: str) -> None:
    assert private(text) == []


NAMES = [f"{family}{given}" for family in "王李张刘" for given in ("小明", "静", "可欣", "子涵")]


@pytest.mark.parametrize(
    "text",
    ["、".join(NAMES), "\n".join(NAMES), "".join(f"{n}.{name}" for n, name in enumerate(NAMES)),
     " ".join(f"{name}92分" for name in NAMES)],
)  # fmt: skip
def test_names_that_are_listed_are_told_from_a_sentence(text: str) -> None:
    assert set(NAMES) <= set(names_listed(text))


@pytest.mark.parametrize(
    "text", ["接龙 " + "、".join(NAMES), "、".join(NAMES[:7]), "明天要带水彩笔，请各位家长提醒孩子不要忘记带了", ""]
)  # fmt: skip
def test_a_chain_of_answers_and_a_few_names_are_no_list(text: str) -> None:
    assert names_listed(text) == ()


@pytest.fixture(scope="module")
def made() -> list[Sample]:
    return list(samples())


def test_the_made_set_is_found_in_every_disguise(made: list[Sample]) -> None:
    floors = {sample.kind: FLOORS.get(sample.kind, FLOORS.get(sample.label)) for sample in made}

    low = {
        key: right / total
        for key, (right, total) in shares(made).items()
        if key[1] != "innocent" and right / total < (floors[key[0]] or 1)
    }

    assert low == {}


def test_innocent_messages_of_the_made_set_are_left_alone(made: list[Sample]) -> None:
    innocent = [sample for sample in made if not sample.label]

    flagged = [sample.text for sample in innocent if found(sample.text)]

    assert len(flagged) / len(innocent) <= FALSE_MAX


def test_the_made_set_is_the_same_for_the_same_seed(made: list[Sample]) -> None:
    assert list(samples()) == made
    assert list(samples(1)) != made
