"""The word reader: what it finds, what it leaves alone, and how well it does on the samples."""

import json
from pathlib import Path

import pytest

from schemas.event import Attachment
from streams.text import LABELS, Match, WordReader

ROOT = Path(__file__).parents[3]
SCHOOL = ROOT / "streams/simulate/texts/school.jsonl"
CHAT = ROOT / "tests/samples/chat_clean.jsonl"
SEEN_BY_THE_STREAM = {"flood", "at_spam", "quiet_hours"}


@pytest.fixture(scope="module")
def reader() -> WordReader:
    return WordReader.default()


def labels(
    reader: WordReader, text: str, *attachments: Attachment, role: str = "parent"
) -> set[str]:
    return {match.label for match in reader.read(text, attachments, role)}


@pytest.mark.parametrize("text", ["第1单元什么时候测验", "胸牌9号是谁的，掉在门口了"])
def test_one_word_is_no_pair_with_a_part_of_itself(reader: WordReader, text: str) -> None:
    assert labels(reader, text) <= {"chitchat", "private_matter"}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("家里闲置儿童自行车一辆，八成新，便宜出", "ad"),
        ("微-商-招代理", "ad"),
        ("過節了發個紅包吧", "red_packet"),
        ("麻烦动动手指，给17号选手点赞", "vote_canvass"),
        ("帮我点一下助力，还差一个新用户", "bargain"),
        ("同事孩子烧伤，急需手术费，求捐款", "donation"),
        ("傻 逼 一个", "abuse"),
        ("单亲家庭的孩子就是性格有问题", "discrimination"),
        ("你家孩子把我家孩子的头打破了，必须赔钱", "conflict"),
        ("这学校的老师真是误人子弟", "defame_school"),
        ("寂寞少妇在线陪聊，加微信看视频", "porn"),
        ("棋牌游戏，可提现，上分找客服", "gambling"),
        ("兼职打字，日结200，先交押金", "fraud"),
        ("办理各种学历证书，学信网可查", "illegal"),
        ("放学我找人打你家小子", "violence"),
        ("紧急扩散：最近有人贩子开面包车抢小孩", "rumour"),
        ("同志们要推翻这个腐败的制度", "politics"),
        ("加入我们的教会，周六聚会", "religion"),
        ("大师算命看手相，灵验无比", "superstition"),
        ("搞到了下周联考原卷，内部的别外传", "secret"),
        ("李明95分，王芳88分，赵强76分，期中数学", "grades"),
        ("王小虎上课总是说话，太不像话了", "criticise_child"),
        ("老师，孩子发烧了，今天请假", "leave_request"),
        ("老师，我家孩子今天中午吃药了吗", "private_matter"),
        ("今天股票跌惨了，谁有内幕推荐一只", "chitchat"),
        ("我家住阳光小区3栋502", "privacy_address"),
    ],
)
def test_a_district_s_violations_are_found(reader: WordReader, text: str, label: str) -> None:
    assert label in labels(reader, text)


@pytest.mark.parametrize(
    "text",
    [
        "群规第三条：不发广告、不拉票、不募捐",
        "请大家不要在群里发红包",
        "老师说群里不能发广告，是连二手书也不能卖吗？",
        "爸爸给了小红一个20元的红包，她买书花了12元，还剩多少？",
        "这道题：商店打八折后是64元，原价多少？",
        "警惕“刷单返利”骗局，发现可疑请报警110",
        "作业里有道题：抽奖的概率是多少",
        "有人说疫苗不安全，这个消息可靠吗？",
        "孩子作文里写了个“笨蛋”，要改吗",
        "表扬今天主动捡垃圾的同学",
        "去年的期末试卷可以拿来复习吗",
        "低俗的动画片别给孩子看",
        "老师教会了孩子游泳，太感谢了",
        "班委改选采用不记名投票，明天班会进行",
        "请问请假要提前几天说？",
        "他妈妈今天来接，和妈妈说一声",
        "会不会分红，包括奖金吗",
    ],
)
def test_rules_warnings_homework_and_questions_are_clean(reader: WordReader, text: str) -> None:
    assert labels(reader, text) == set()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("招微商代理", True),
        ("微-商招代理", False),
        ("微\u200b商", False),
        ("葳商招募中，加葳信", False),
        ("电话13812345678", False),
        ("看 https://example.com/a", False),
    ],
)
def test_only_words_as_they_are_written_are_plain(text: str, plain: bool) -> None:
    matches = WordReader.default().read(text)

    assert matches
    assert all(match.plain for match in matches) is plain


def test_a_match_says_where_in_the_original_it_stands(reader: WordReader) -> None:
    text = "大家好：微-商-招人"

    matches = reader.read(text)

    assert matches == (Match("ad", "微-商", 4, 7),)
    assert text[4:7] == matches[0].text


def test_letters_of_two_clauses_are_no_word(reader: WordReader) -> None:
    assert labels(reader, "今天上色，情况很好") == set()
    assert labels(reader, "save the day") == set()


def test_staff_may_link_talk_and_give_a_number_and_parents_may_not(reader: WordReader) -> None:
    text = "有事打13900001122，资料在 www.abc.com"

    assert labels(reader, text, role="head_teacher") == set()
    assert labels(reader, text) == {"privacy_phone", "link_external"}


def test_settings_allow_hosts_and_numbers(reader: WordReader) -> None:
    school = reader.with_settings(allowed_hosts=["ABC.com"], public_numbers=["139-0000-1122"])

    assert labels(school, "有事打13900001122，资料在 www.abc.com") == set()


def test_attachments_are_read_and_stand_behind_the_text(reader: WordReader) -> None:
    link = Attachment(type="link", title="砍价免费拿", url="https://kj.example.com/a")
    packet = Attachment(type="red_packet", title="恭喜发财")

    matches = reader.read("看", (link, packet))

    assert {match.label for match in matches} == {"bargain", "link_external", "red_packet"}
    assert {(match.start, match.end) for match in matches} == {(1, 1)}


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [
        (Attachment(type="sticker", name="加油"), {"media"}),
        (Attachment(type="sticker", name="老色批坏笑"), {"media", "vulgar"}),
        (Attachment(type="image"), {"media"}),
        (Attachment(type="file", name="最近很火的一首歌.MP3"), {"media"}),
        (Attachment(type="file", name="三2班期中成绩排名表.xlsx"), {"grades"}),
        (Attachment(type="mini_program", title="帮我助力投票，就差5票"), {"vote_canvass"}),
        (Attachment(type="forward", title="群聊的聊天记录：你这个蠢货"), {"abuse"}),
        (Attachment(type="card", name="王会计代开发票"), {"illegal"}),
        (Attachment(type="voice"), set()),
        (Attachment(type="file", name="第三单元笔记.docx"), set()),
    ],
)
def test_types_names_and_titles_of_attachments_are_judged(
    reader: WordReader, attachment: Attachment, expected: set[str]
) -> None:
    assert labels(reader, "", attachment) == expected
    assert "media" not in labels(reader, "", attachment, role="teacher")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("666666666666666", {"flood"}),
        ("好" * 12 + "！", {"flood"}),
        ("收到" * 6, {"flood"}),
        ("顶上去，" * 5, {"flood"}),
        ("😭" * 12, {"flood"}),
        ("6 6 6 6 6 6 6 6 ", {"flood"}),
        ("哈" * 8, set()),
        ("—" * 40, set()),
    ],
)
def test_a_message_of_a_letter_or_a_few_again_and_again_is_a_flood_by_itself(
    reader: WordReader, text: str, expected: set[str]
) -> None:
    assert labels(reader, text) == expected
    assert labels(reader, text, role="teacher") == set()


def test_a_link_to_an_allowed_host_and_an_innocent_file_are_clean(reader: WordReader) -> None:
    link = Attachment(type="link", title="安全教育", url="https://aq.example.edu.cn/x")
    file = Attachment(type="file", name="第三单元笔记.docx")

    assert labels(reader, "请看", link, file) == set()


def test_a_link_with_words_beside_it_is_worse_than_a_link(reader: WordReader) -> None:
    assert labels(reader, "手机中毒别怪我 http://vx.example.com/a.apk") >= {
        "illegal",
        "link_external",
    }
    assert "fraud" in labels(reader, "学校缴费请点击 http://edu-pay.vip 缴纳保险费")


def test_the_school_sample_is_read_well(reader: WordReader) -> None:
    right = wrong = missed = 0
    for line in SCHOOL.read_text(encoding="utf-8").splitlines():
        sample = json.loads(line)
        expected = set(sample["labels"]) - {"clean"}
        if expected and not expected - SEEN_BY_THE_STREAM:
            continue
        found = labels(reader, sample["text"], role=sample["role"])
        right += bool(expected and found)
        missed += bool(expected and not found)
        wrong += bool(found and not expected)

    assert right / (right + wrong) >= 0.95
    assert right / (right + missed) >= 0.9


def test_clean_chat_is_left_alone(reader: WordReader) -> None:
    texts = [json.loads(line)["text"] for line in CHAT.read_text(encoding="utf-8").splitlines()]

    flagged = [text for text in texts if reader.read(text)]

    assert len(flagged) / len(texts) <= 0.005


def test_every_label_found_is_one_of_the_taxonomy(reader: WordReader) -> None:
    found = {
        match.label
        for line in SCHOOL.read_text(encoding="utf-8").splitlines()
        for match in reader.read(json.loads(line)["text"])
    }

    assert found <= set(LABELS)


def test_staff_may_give_their_own_number_and_no_parents() -> None:
    reader = WordReader.default()

    assert reader.read("各位爸爸妈妈，我的电话13800138000", (), "teacher") == ()
    assert labels(reader, "新转来的徐朵朵，妈妈电话13800138000", role="teacher") == {
        "privacy_phone"
    }


def test_letters_of_an_address_and_figures_of_a_number_are_no_words() -> None:
    reader = WordReader.default()

    assert reader.read("政策见 https://edu.gd.gov.cn", (), "teacher") == ()
    assert reader.read("腾讯会议438-217-906，今晚七点", (), "teacher") == ()
