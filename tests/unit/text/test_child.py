"""A child of the roster in a text: `CHILD` stands for its name."""

from collections.abc import Iterator

import pytest

from schemas.event import Attachment
from streams.text import CHILD, WordReader, fold
from streams.text.lexicon import load_lexicon

NAME = "张浩然"
"""A name that anybody takes for one."""


@pytest.fixture(scope="module")
def reader() -> WordReader:
    return WordReader.default()


def labels(reader: WordReader, text: str, role: str = "parent") -> set[str]:
    return {match.label for match in reader.read(text, (), role)}


@pytest.mark.parametrize(
    ("frame", "label"),
    [
        ("老师,{}发烧了,今天请假一天", "leave_request"),
        ("{}明天八点半到校，路上堵车", "leave_request"),
        ("老师，{}不舒服，下午不去了", "leave_request"),
        ("老师您好，{}的水杯落教室了，麻烦看看", "private_matter"),
        ("老师，{}今天吃药了吗", "private_matter"),
        ("老师，{}最近上课认真吗", "private_matter"),
        ("{}上课老捣乱，影响全班", "criticise_child"),
        ("{}就是个坏孩子，老抢玩具", "criticise_child"),
        ("{}太懒了，什么都要人喂", "criticise_child"),
        ("{}今天又没交作业，屡教不改", "criticise_child"),
        ("那个{}就是没家教，天天打人", "criticise_child"),
        ("{}心眼太坏，故意推我们家孩子", "criticise_child"),
        ("数学测验：{}92 {}88 {}61", "grades"),
        ("全班排名来了：{}1，{}2，{}3", "grades"),
        ("倒数第一是{}", "grades"),
        ("{}考了多少分啊", "grades"),
        ("{}妈妈，你家孩子把我家的书撕了，今天必须在群里给个说法", "conflict"),
        ("@{}妈妈 你凭什么骂我孩子", "conflict"),
        ("{}爸爸你少在这阴阳怪气", "conflict"),
        ("{}妈妈电话13800000127", "privacy_phone"),
        ("{}家住梧桐里12幢301室", "privacy_address"),
        ("{}爸妈离婚了，她爸还欠一屁股债", "privacy_other"),
        ("{}你个白痴", "abuse"),
        ("给{}投一票", "vote_canvass"),
        ("{}主动帮同学打饭，表扬", None),
        ("恭喜{}获得书法比赛一等奖", None),
        ("{}今天吃了两碗饭，真棒", None),
        ("今天{}值日", None),
        ("谢谢{}妈妈昨天帮忙照看", None),
        ("{}和{}一组，{}负责记录", None),
        ("请{}的家长来领一下校服", None),
        ("{}，作业第几页？", None),
        ("接龙：1.{} 2.{} 3.{}", None),
        ("周五见，{}", None),
        ("明天{}带跳绳", None),
        ("{}的书包很好看", None),
        ("大家好，我是{}", None),
        ("我是{}妈妈，请多关照", None),
        ("请马上通知{}带药", None),
        ("{}", None),
    ],
)
def test_a_child_of_the_roster_reads_as_a_full_name(
    reader: WordReader, frame: str, label: str | None
) -> None:
    found = labels(reader, frame.replace("{}", CHILD))

    assert found == labels(reader, frame.replace("{}", NAME))
    assert found == ({label} if label else set())


def test_places_are_those_of_the_text_with_the_child_in_it(reader: WordReader) -> None:
    text = f"那个{CHILD}就是没家教"

    for match in reader.read(text):
        assert text[match.start : match.end] == match.text


def test_a_child_in_an_attachments_title_is_one_too(reader: WordReader) -> None:
    title = Attachment(type="file", name=f"全班排名来了：{CHILD}1，{CHILD}2.xlsx")

    assert "grades" in {match.label for match in reader.read("", [title])}


def test_children_among_many_messages_change_nothing_in_the_others(reader: WordReader) -> None:
    plain = [(f"第{number}页，{NAME}家买代购", (), "parent") for number in range(40)]
    with_child = [*plain, (f"{CHILD}就是没家教", (), "parent")]

    assert reader.read_all(with_child)[:-1] == reader.read_all(plain)


def test_nobody_types_the_child_and_the_normal_form_leaves_it_out() -> None:
    assert all("\ue000" <= sign <= "\uf8ff" for sign in CHILD)
    assert fold(f"好{CHILD}的") == "好的"


# Words that end in these are said of whoever is named: a name before them is what they want.
_OF_CHILDREN = {"criticise_child", "private_matter", "grades", "leave_request"}


def _ends() -> Iterator[str]:
    """What is left of the lists' words without their first or their last letter or two."""
    words = sorted({word for several in load_lexicon().groups.values() for word in several})
    for word in words:
        for cut in (1, 2):
            if len(word) > cut:
                yield CHILD + word[cut:]
                yield word[:-cut] + CHILD


def test_no_listed_word_is_made_up_of_a_childs_letters_and_what_stands_beside_it(
    reader: WordReader,
) -> None:
    texts = sorted(set(_ends()))
    alone = [text.replace(CHILD, "\n") for text in texts]

    with_child = reader.read_all([(text, (), "parent") for text in texts])
    without = reader.read_all([(text, (), "parent") for text in alone])
    made_up = {
        text.replace(CHILD, "…"): {match.label for match in found} - _OF_CHILDREN
        for text, found, plain in zip(texts, with_child, without, strict=True)
        if not {match.label for match in found} - _OF_CHILDREN <= {match.label for match in plain}
    }

    # Of thirty thousand ends; a name of ordinary letters completes more than a hundred.
    assert len(made_up) <= 5, made_up
