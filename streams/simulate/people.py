"""The people of a made-up class. No name is anybody's: they are drawn from syllables."""

from typing import Final

from msgspec import Struct

from streams.simulate.dice import Dice

MEMBERS_MIN: Final = 8
"""Three of staff, and parents enough for a talk."""

_PLATFORMS: Final = ("qq", "wechat", "wecom")
_SURNAMES: Final = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶"
)
_GIVEN: Final = "一子雨浩梓欣思嘉若佳俊晨宇轩涵怡诗语博文泽明昊天乐琪悦然辰凡桐墨可安宁清远舒航"
_GROWN: Final = "伟芳娜敏静丽强磊军洋艳勇杰娟涛超明霞秀平刚桂建国海燕红梅志华玉兰斌鹏"
_SUBJECTS: Final = ("语文", "数学", "英语", "科学", "体育", "音乐", "美术", "道法")


class Person(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody in the group. `name` is the display name there, `own` the one on the roster."""

    member_id: str
    role: str
    platform_role: str
    name: str
    own: str
    student: str | None = None


class ClassGroup(Struct, frozen=True, kw_only=True):
    """A class's group: the head teacher first among the staff."""

    platform: str
    group_id: str
    staff: tuple[Person, ...]
    parents: tuple[Person, ...]

    def roster(self) -> list[dict[str, str]]:
        """The roster's lines, as the wire contract has them."""
        return [_line(person) for person in (*self.staff, *self.parents)]


def make_class(seed: int, number: int, members: int) -> ClassGroup:
    """The class of this number: `members` people, three of them teachers."""
    dice = Dice("class", seed, number)
    parents: list[Person] = []
    while len(parents) < members - 3:
        parents += _family(dice, number, len(parents))
    return ClassGroup(
        platform=_PLATFORMS[number % len(_PLATFORMS)],
        group_id=f"class-{number:05}",
        staff=tuple(_teacher(dice, number, place) for place in range(3)),
        parents=tuple(parents[: members - 3]),
    )


def stranger(group: ClassGroup, dice: Dice) -> Person:
    """Somebody who is on no roster."""
    name = dice.pick(("小优惠", "好运来", "阿强", "米粒妈", "官方客服", "诚信商家", "学习顾问"))
    member_id = f"x{dice.below(1_000_000):06}"
    return Person(member_id=member_id, role="outsider", platform_role="member", name=name, own=name)


def _line(person: Person) -> dict[str, str]:
    line = {"member_id": person.member_id, "role": person.role, "name": person.own}
    return line if person.student is None else line | {"student": person.student}


def _teacher(dice: Dice, number: int, place: int) -> Person:
    own = dice.pick(_SURNAMES) + dice.pick(_GROWN)
    return Person(
        member_id=f"t{number:05}-{place}",
        role="teacher" if place else "head_teacher",
        platform_role="admin" if place else "owner",
        name=dice.pick(_SUBJECTS) + own,
        own=own,
    )


def _family(dice: Dice, number: int, place: int) -> list[Person]:
    """One child's parent, or both."""
    surname = dice.pick(_SURNAMES)
    child = surname + dice.pick(_GIVEN) + dice.pick(_GIVEN)
    grown = (("妈妈", dice.pick(_SURNAMES)), ("爸爸", surname))
    both = grown if dice.happens(400) else grown[:1] if dice.happens(700) else grown[1:]
    return [
        Person(
            member_id=f"p{number:05}-{place + more}",
            role="parent",
            platform_role="member",
            name=child + relation,
            own=family_name + dice.pick(_GROWN),
            student=child,
        )
        for more, (relation, family_name) in enumerate(both)
    ]
