"""Ways of speaking: what a message does, each known in many mouths, and not heard where it is not."""

from collections.abc import Iterable

import pytest
from msgspec import Struct

from schemas.event import Attachment
from streams.text import CHILD, CUES, LABELS, WordReader
from streams.text.lexicon import load_cues
from streams.text.match import Match


class Ways(Struct, frozen=True):
    """Sentences, a line each, that speak so, and neighbours that do not."""

    said: str
    not_said: str


SENTENCES = {
    "question": Ways(
        said="""
        今晚作业有几样啊
        老师，请假条写谁的名字
        春游要自己带水吗老师们
        美术课带什么颜料
        放寒假是哪天
        午餐费多少
        英语听力在哪听
        有没有人捡到一个蓝色水壶
        课后服务几号开始交费
        家委会电话是多少来着
        这周轮到哪组值日
        学校门口那条路修好了没有
        请问家长会几点开始
        明天要穿校服吗
        今天语文作业是啥
        哪位家长知道校车停哪里
        孩子的饭卡在哪儿充值
        是交纸质的还是电子版？
        老师，回执什么时候交
        作业本上要不要写日期
        运动会家长能进场不？
        有谁知道周末补课取消没有
        想问一下疫苗本要带复印件吗
        这個表格在哪裡領
        明儿早上还升旗不
        语文第几课听写
        英语抄几遍呀？
        恁知道几点放学不？
        周五社团上不上？
        弱弱问一句，班费交给谁
        咋下载那个APP
        几时开家长会
        有冇人知听日返唔返学？
        道法要背吗老师
        那我们组呢
        水彩笔买多少色的
        放学了没
        不知道要不要带午饭
        能否晚十分钟接孩子
        """,
        not_said="""
        请教育孩子远离马路
        不写金额，只写计划，保护隐私
        好的老师，马上去办
        感谢大家的帮助
        已经按要求填了
        我们周五可以参加
        明天带美术颜料和水桶
        课表发群里了，请查看
        孩子很喜欢，谢谢
        收到，谢谢老师
        明天穿校服，带红领巾
        几点都行，我们有空
        没什么，就是提醒一下
        作业在群文件里，大家自己下载
        什么都不用带，人来就好
        孩子说今天很开心
        我去问一下老师再告诉大家
        谁先到谁占座
        请大家核对信息是否有误，有误的私信我
        老师辛苦了，问个好
        哪里哪里，应该的
        知道怎么做了，谢谢
        已经交了
        我还没写呢
        不管什么天气都照常上课
        好的，没问题
        听老师的安排
        怎么都行，看大家方便
        今天多云，记得添衣
        我家已经到了
        请各位家长提醒孩子早点睡觉
        饭卡捡到了，放在门卫室
        明天要下雨，我们还是带伞吧
        数学卷子我拍给你
        同意，听大家的
        这么好的活动，支持
        """,
    ),
    "proposal": Ways(
        said="""
        建议在教室装个饮水机
        我提议咱们班也搞个跳蚤市场
        老师，能不能把作业通知统一放到晚上七点发
        要不咱们换个离学校近的农场
        希望学校能给一年级延长午休时间
        毕业照那天建议都穿白衬衫
        可不可以让孩子们轮流当小组长，换一换
        一点小建议：家长会分两场开
        我建议秋游那天租两辆车
        建议老师把作业写在黑板上拍照发群里
        提个小建议，班费每月公布一次
        能不能把家长会改成线上
        大家觉得周六去植物园怎么样，我提议
        要不我们轮流去护学
        我有个想法，图书角可以让孩子们自己管
        希望学校以后提前三天发通知
        是不是可以考虑分批放学
        何不让孩子们自己设计班徽
        建議把集合時間推遲半小時
        个人建议校服统一订大一码
        不如改在周日上午，大家都有空
        提一点意见建议：食堂的菜能不能少油
        可否增加一次亲子活动
        有个主意，毕业照后面放合唱的照片
        建议班费买个急救箱
        老师，希望能考虑住得远的孩子，晚自习提前一点放
        大家看行不行，周五彩排
        建议增设一个失物招领箱
        可不可以把值日安排得轻松一点，统一排个表
        我觉得应该让每个孩子都上台
        商量个事，元旦服装租还是买
        建议例会改到下午，上午要抢修
        倡议一下，家长接送不要堵在门口，建议分批
        """,
        not_said="""
        明天照常上课
        医生让多休息
        我家孩子能不能换座位
        衣服买大一号好
        医生建议休息两天
        老师建议的那本书买到了
        零售建议价二十元
        谢谢您的建议
        收到，照老师说的办
        明天带跳绳
        我不建议买太贵的鞋
        请问家长会几点
        没有建议，都听家委的
        疾控建议接种流感疫苗
        孩子最好的朋友转学了
        希望大家开心
        今天的作业做完了
        要不要紧，去医院看看吧
        提这种建议的人真闲
        我家浩然发烧了
        按建议的时间到校就行
        作业参考答案在群文件
        下雨了，带伞
        专家建议每天户外两小时
        这本书建议年龄七到九岁
        孩子能不能吃辣
        值日表贴在后墙
        班费还剩三百二
        昨晚的球赛太精彩了
        """,
    ),
    "asks_reply": Ways(
        said="""
        看完请大家回1
        请收到的家长回复一下
        到了的在群里扣个1
        请各位在今晚九点前接龙完毕
        为确保通知到位，请回复“知道了”
        大家收到后请依次回复
        辛苦各位家长签收一下并回复
        周六能来的家长请回个话
        明天停电一天，收到请回复
        各位家长看到请回复一声
        请接龙报名，写孩子名字
        知悉请回复“收到”
        参加的家长在下面接龙，请大家今晚接完
        麻烦各位看到后在群里回一下
        收到的家长扣1
        請各位家長收到請回覆
        看到的吱一声，收到请吱声
        务必每人回复，我好统计
        请确认是否收到
        周五班会，请各组组长回复人数
        阅后回复，谢谢配合
        请各位家长逐一回复
        请大家回个收到，我知道谁看了
        回复“收到”即可
        各班组长看到回复
        收到打1，没收到的找我
        麻烦大家接个龙
        请家长们今晚八点前在群里回复是否参加
        望各位及时回复
        参加体检的请接龙
        看见请回，急
        烦请签收后回执
        都回一下哈，我统计人数
        记得在群里跟帖报个数
        """,
        not_said="""
        本通知不需回复
        看到即可，不必回复
        明天九点开会
        谢谢大家的回复
        无需回复
        明天降温，不用回复
        请勿在群里回复收到
        收到，谢谢老师
        等老师回复我了再告诉大家
        收到请假条了
        大家不用一一回复，看到就好
        通知已发，不必回复收到
        老师回复很快，辛苦了
        这个问题我不会，等回复
        孩子们玩成语接龙
        群里不要接龙，太占屏
        请勿回复，避免刷屏
        我已经回复老师了
        作业：成语接龙十个
        明天带跳绳
        请耐心等待老师回复
        自动回复：我正在上课
        请大家安静
        请假的孩子由家长来接
        没有收到回复，我再问问
        请不要回复无关内容
        请问老师怎么回复
        好的
        请问回执单在哪领
        请查收邮件，不需要回复
        """,
    ),
    "asks_form": Ways(
        said="""
        请家长们把家庭信息填到在线表格里
        麻烦各位扫下面的码填信息
        问卷星链接如下，请于周五前完成
        请配合完成健康排查表填报
        各位抓紧时间把登记表填了发我
        请下载附件填写后上交
        请各位家长填写信息表
        扫码填一下问卷
        麻烦大家今晚十点前填好表格
        请扫码登记孩子的疫苗信息
        点开小程序填写，明天截止
        還沒填寫的家長請盡快填寫
        请在腾讯文档里补填身高体重
        请家长完成问卷星
        填个表，统计校服尺码
        问卷请大家务必填完
        信息采集表请今天内提交
        请登录平台完善信息
        需要订餐的请填写申请表
        烦请各位填写回执，明早带来
        请抓紧填报名表
        请大家进群文件下载登记表填好交班长
        还没填的家长请抓紧填
        请各位家长登录平台填报延时服务
        麻烦填下紧急联系人
        每家都要填一下表
        记得填写体温登记
        请将信息录入收集表
        请您扫描二维码，完成满意度问卷
        各班组请填报本周工时
        请在表格里写上孩子的鞋码，都要填
        """,
        not_said="""
        明天交手工作品
        填空题第三题答案是什么
        表格已经收齐
        不用填表了，学校已有信息
        今天的作业是填空题
        填色卡明天带来
        我已经填好了
        请勿填写无关内容
        志愿填报讲座周六举行
        孩子的信息表我填完了
        问卷不用做了，取消了
        请问这个表怎么填
        课文填空要家长签字吗
        登记好了，谢谢
        收到请回复
        请带好水杯
        请提交作业照片
        明天穿校服
        填写正确的字母
        请把词语填在括号里
        无需填写，直接签字
        没空填的老师会统一处理
        挖坑填土种小树
        第三题请填空
        已登记
        我们都填好了，老师辛苦
        表发错了，请大家删掉
        昨天的表交上去了
        """,
    ),
    "urgent": Ways(
        said="""
        急！！孩子的准考证谁看见了
        老师看到请赶紧回我电话
        能不能马上帮我看看孩子到校没有，急
        求助求助，在线等，挺急
        事情比较急，麻烦老师尽快回个电话
        万分火急，谁有李老师电话
        急！明天几点到校
        急急急，谁有王老师的课表
        请马上回电话
        老师在线等，孩子校服尺码报多大
        挺急的，麻烦看一下私信
        急求一份数学卷子，孩子落学校了
        麻烦尽快回复
        十万火急，谁家有备用钥匙
        老师请尽快联系我
        急需一套白衬衫，谁家有
        很着急，看到的家长告诉我一声
        馬上回復，謝謝
        赶紧回我一下
        在吗老师，急
        請盡快回覆
        老师，急，孩子忘带药了
        快回个话呀
        速回，等着用
        立即联系班主任
        拜托各位，急用一个充电宝
        我好着急啊，到底几点放学
        加急！材料今天要交
        请立刻通知孩子到校门口
        急等回复
        班长速联系我，急
        唔该快啲回，好急
        情况紧急，请值班人员马上联系调度
        """,
        not_said="""
        老师不着急，您忙完再回
        马上期末了，大家加油复习
        学校马上放学
        不用急着回复我
        不急，明天回也行
        别急，慢慢来
        没什么急事，有空回我
        如有急事请打电话
        不着急的事可以私聊
        孩子急性肠胃炎
        马上放假了，注意安全
        马上就到
        会尽快回复大家
        性子急，慢慢教
        明天急救培训
        着急的事打电话，不着急的发消息
        小孩子别催他，越催越急躁
        应急演练周三进行
        我尽快联系家委
        车来了，快回家吧
        紧急联系人填妈妈
        老师会尽快通知大家
        急转弯的脑筋题真有趣
        写作业要快，别磨蹭
        明天带水彩笔
        看新闻上说情况紧急
        不用急着交，周五前就行
        我马上回复您
        谢谢，不急用
        孩子不着急，家长急也没用，别急
        """,
    ),
    "emergency": Ways(
        said="""
        刚到校门口没看到我家孩子，老师说早走了，人不见了
        孩子脚被门夹得直流血，正往医院送
        我没接到孩子
        校门口人都走光了，没接到我家娃
        孩子走丢了，谁看到了
        孩子从楼梯上摔下来了，头破了
        有同学晕倒了，快叫校医
        孩子到现在还没到家
        联系不上孩子，手表关机
        操场上有孩子受伤了
        鼻血流血不止，正送医院
        打120了，救护车马上到
        我闺女不见了，四点就放学了
        孩子被车撞了
        娃误食了干燥剂
        孩子沒接到，誰見過他
        孩子抽搐了，怎么办
        胳膊骨折了，已经送急诊
        有学生落水了
        孩子喘不上气，老师快看看
        小孩摔断了腿
        我儿子没出来，你们都接到了吗
        人不见了，门卫说没看见
        孩子被人打伤了，在学校旁边
        孩子离家出走了，拜托大家帮忙找
        二号机组有人触电了
        手指夹断了，快联系家长
        孩子昏迷了
        """,
        not_said="""
        学校组织急救演练，请穿运动鞋
        孩子上周摔伤了，这周好多了
        防溺水六不准
        周三有防走失讲座
        没接到通知的家长看群公告
        课间注意安全，避免受伤
        昨天新闻里有孩子走失
        去年骨折过，体育课慢慢来
        如遇孩子受伤，先联系班主任
        孩子膝盖擦破点皮，已处理
        水杯不见了，蓝色的
        消防演练明天九点
        已经出院了，谢谢大家关心
        听说隔壁学校有人晕倒
        上次摔伤的地方好多了
        急救课很有用
        校服找不到了
        没有受伤，就是吓了一跳
        孩子不小心把书弄丢了
        小心受伤
        给孩子买份意外受伤了能赔的保险
        作文题目：我走丢了
        老师，孩子骨折了，请假两周
        万一孩子走丢了怎么教他
        没接到老师电话
        从楼梯口右转就是教室
        小说里主角昏迷了三年
        今天接到孩子了
        """,
    ),
    "incite": Ways(
        said="""
        学校不给退费，咱们明天一起堵大门去
        这个老师必须换，大家一起签名
        都听我的，延时费谁也别交
        人越多越好，周一去教育局门口拉横幅
        大家都别让孩子去上学，看他们着不着急
        咱们联合起来把那个家长踢出群，不让他好过
        明天大家一起去校门口闹
        都别送孩子来了，看学校怎么办
        谁都别交这个钱
        集体不交延时费
        我们联名举报校长
        一起去教育局讨说法
        拉横幅，堵校门，不信他们不理
        咱们集体请假一天抗议
        人多力量大，都去学校闹一闹
        大家團結起來，集體抵制供餐
        联名要求换班主任
        全体家长都去校长室要说法
        不给说法就去堵校门
        把事情闹大他们才怕
        大家轮流打爆他电话，逼学校退费
        家长们抱团，一起抵制这个食堂
        都别签字，看他学校咋办
        谁也别交，法不责众
        明天罢课，我家带头
        一起上访
        咱们一起去他家堵他
        组织起来，给学校施压
        大家都不交，老师拿我们没办法
        都别去上班，逼公司涨工资
        大家一起孤立他家
        签名按手印，把王老师换掉
        """,
        not_said="""
        学校门口那条街怕要堵，大家早点出门
        接种流感疫苗自愿，同意的在告知书上签名
        周一一起去教育局门口集合，参加表彰会
        大家一起签名祝福毕业册
        教室门坏了，堵住了
        大家都别忘带雨衣
        一起去春游
        集体活动别迟到
        大家一起去看望生病的同学
        我们一起写封建议信给家委会
        停课通知：明天都别送孩子来学校了
        请大家不要集体在校门口等
        联名款书包不要攀比
        集体照周五拍
        元宵节闹花灯，一起去看
        孩子们在操场上打闹，请提醒
        建议大家理性沟通，不要闹
        台风天都别送孩子来
        一起报名合唱团
        都别迟到
        大家都别交现金，用平台缴费
        向学校反映意见可以打电话
        我想找校长聊聊食堂的事
        谁都别忘了带红领巾
        抵制校园欺凌，从我做起
        孩子发烧的都别送来
        大家一起加油
        历史课讲到工人罢工
        不同意拉横幅，有话好好说
        咱们一起给老师过生日
        都别送礼，心意到了就行
        班级群里不要带节奏
        """,
    ),
    "study": Ways(
        said="""
        这个字怎么组词
        英语第六单元的短文谁翻译一下
        奥数那道追及问题有人会吗
        古诗《山行》的诗意是什么
        科学书第20页实验记录怎么填
        新学的进位加法孩子总出错，有什么练习推荐
        第三题我算出来是根号二
        今年的必读书目出来了
        这道应用题怎么列方程
        第三单元知识点整理好了
        数学第12题选什么
        英语单词表谁有
        分享一份期末复习资料
        语文要背到第几课
        这题的辅助线怎么画
        阅读理解第二小问思路是什么
        答案是C，你再算算
        先通分再相加
        老师讲的例题没看懂
        文言文翻译求讲解
        推荐几本历史类的书，适合四年级
        作文的开头怎么写
        錯題本怎麼整理
        听写第五课生词
        物理受力分析画错了
        把笔记发给大家
        书单：《草房子》《城南旧事》，读完写读后感
        完形填空有什么技巧
        今天的网课没听懂，有回放吗，讲一下重点
        技术规程第三章学习心得已上传
        公式推导在课本第40页
        科学实验报告怎么写
        这个多音字读什么
        道法的复习提纲谁有
        """,
        not_said="""
        明天体育课穿运动鞋
        晚上去哪吃
        昨晚的电视剧太好看了
        明天几点放学
        老师辛苦了
        晚上谁上号开黑
        没问题
        学习桌便宜转让
        这个话题别聊了
        周末去哪玩
        校服在哪领
        孩子发烧请假
        奶茶第二杯半价
        股票又跌了
        他学历很高
        大家早上好
        收到
        家长会改时间了
        题外话，今天天气真好
        帮我砍一刀
        饭卡丢了
        明天带跳绳
        主题班会周五开
        谁家有多的雨伞
        今天堵车堵死了
        打牌三缺一
        小区停水了
        美甲第二人半价
        """,
    ),
    "parenting": Ways(
        said="""
        孩子早上起不来，我们是提前半小时放音乐叫醒，挺管用
        说说我的体会，多鼓励少批评孩子更自信
        分享一个视频，讲怎么跟青春期孩子沟通
        周末带娃去图书馆，慢慢就爱看书了
        做家务能培养责任心，我家从三岁开始让孩子自己收玩具
        我们约法三章，手机每天只能玩二十分钟
        孩子写作业磨蹭怎么办，求经验
        我家用计时器，写得快多了
        分享一篇家庭教育的好文
        睡前讲故事，二十分钟就睡着了，很管用
        叛逆期怎么和孩子沟通
        亲测有效，每天夸孩子三次
        孩子不肯刷牙，有什么小妙招
        陪读不如让孩子自己检查，我们试了一个月有进步
        专注力训练可以从拼图开始
        每天陪孩子读半小时书，坚持下来习惯就好了
        孩子沉迷手机怎麼辦，我們是約定時間
        幼小衔接别焦虑，慢慢来
        推荐一个公众号，讲正面管教
        不吼不叫，先听孩子说完
        我们是先做难的再做简单的，效果不错
        起床困难户有办法，提前一晚把衣服选好，孩子自己定闹钟
        发脾气的时候抱一抱，比讲道理有用
        零花钱怎么给，书里说按周给比较好
        孩子不爱吃饭怎么办，可以让孩子一起做饭试试
        娃胆小，多让他表达，慢慢就好了，亲测
        我家用积分贴纸，每天记录，现在主动写
        二胎家庭怎么让老大不吃醋，有经验的说说
        好习惯要坚持二十一天
        看电视约定半小时，定闹钟，到点就关，孩子也接受
        专家讲座里说表扬孩子要具体
        亲子阅读一天十分钟
        """,
        not_said="""
        孩子发烧三十九度
        明天要带三角板
        明天带水彩笔
        老师，我家孩子没吃药
        育儿嫂一个月八千
        昨晚球赛真精彩
        收到，谢谢
        第三题怎么做
        我家娃发烧了，请假一天
        家长会几点
        转让婴儿车
        谁家有备用校服
        孩子的水杯落教室了
        你家孩子打人还有理
        周末爬山去不去
        请问兴趣班周几上课
        大家早上好
        校门口堵车
        这次数学卷子很难
        群里别发广告
        饭卡在哪充
        运动会照片在群相册
        天气冷了注意保暖
        今天食堂吃什么
        明天九点集合
        班费还剩多少
        我们到了
        楼下超市打折
        """,
    ),
    "class_matter": Ways(
        said="""
        联欢会的气球谁家能帮忙买
        我来负责班级布置
        春游大巴七点半准时发车
        六一节目服装我联系了一家
        明天轮到第四组打扫卫生
        周末义卖需要两位家长帮忙看摊
        班费明细我整理好了
        班会PPT谁做
        今天上午十点全体人员会议室开会
        请各班组今天报材料计划
        春游几点集合
        元旦晚会我们组出个小品
        周五大扫除，每人带块抹布
        道具谁来准备
        班费剩下的钱买图书角的书
        运动会报名表交到体委那里
        值日表排好了，周三是第二组
        毕业照改到下周二上午
        合唱服装尺码统计一下
        家长会分工：签到三人，引导两人
        明天谁去护学岗
        彩排提前到四点
        班徽设计方案投票
        植物园门口九点到齐，我带药箱
        主持人还差一个，谁报名
        黑板報誰負責
        亲子运动会每家出两人
        拼车去农场，我车还有三个位
        班会主题定了没有
        夜班谁值
        三号线路巡检安排在周四
        交接班记录写清楚
        检修工作票明早开
        校服尺码报一下
        开放日大家几点到
        研学的大巴在北门等
        """,
        not_said="""
        晚上电影真好看
        谁有感冒药
        昨晚电视剧大结局
        股票又跌了
        面膜清仓
        孩子发烧请假
        老师，浩然水杯落了
        早上好各位
        谁有好看的小说推荐
        周末打牌三缺一
        收到
        谢谢老师
        今天真热
        堵车堵死了
        你家孩子打人
        第三题选什么
        奶茶第二杯半价
        油价又涨了
        楼下新开的火锅店不错
        加微信领红包
        晚安
        谁家猫生了小猫
        晚上谁上号开黑
        听说房价要跌
        快递到了没
        他就是个骗子
        我家在装修
        在哪买的裙子真好看
        """,
    ),
}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


SAID = [(name, text) for name, ways in SENTENCES.items() for text in lines(ways.said)]
NOT_SAID = [(name, text) for name, ways in SENTENCES.items() for text in lines(ways.not_said)]


@pytest.fixture(scope="module")
def reader() -> WordReader:
    return WordReader.default().with_cues(CUES)


def labels(found: Iterable[Match]) -> set[str]:
    return {match.label for match in found}


def test_each_way_of_speaking_is_tried_both_ways() -> None:
    assert SENTENCES.keys() == CUES
    for ways in SENTENCES.values():
        assert len(lines(ways.said)) >= 25
        assert len(lines(ways.not_said)) >= 25


@pytest.mark.parametrize(("name", "text"), SAID)
def test_who_speaks_so_is_known_to(reader: WordReader, name: str, text: str) -> None:
    assert name in labels(reader.read(text))


@pytest.mark.parametrize(("name", "text"), NOT_SAID)
def test_who_speaks_otherwise_is_left_alone(reader: WordReader, name: str, text: str) -> None:
    assert name not in labels(reader.read(text))


def test_a_reader_that_nobody_asked_knows_no_ways_of_speaking() -> None:
    for _, text in SAID:
        assert labels(WordReader.default().read(text)) <= set(LABELS)


def test_only_the_ways_that_were_asked_for_are_told() -> None:
    reader = WordReader.default().with_cues(["urgent"])

    assert labels(reader.read("急！明天几点到校？收到请回复")) == {"urgent"}


def test_findings_stay_what_they_are_beside_ways_of_speaking(reader: WordReader) -> None:
    texts = [(text, (), "parent") for _, text in (*SAID, *NOT_SAID)]
    plain = WordReader.default().read_all(texts)
    found = [
        tuple(match for match in several if match.label not in CUES)
        for several in reader.read_all(texts)
    ]

    assert found == [tuple(several) for several in plain]


@pytest.mark.parametrize("role", ["parent", "teacher", "head_teacher", "student", "outsider", ""])
def test_whoever_writes_speaks_so(reader: WordReader, role: str) -> None:
    assert "asks_reply" in labels(reader.read("明天停课，收到请回复", (), role))


def test_an_unknown_way_of_speaking_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="'shouting' is no cue; there are asks_form, "):
        WordReader.default().with_cues(["shouting"])


def test_a_schools_settings_and_ways_of_speaking_stay_together() -> None:
    settings = WordReader.default().with_settings(allowed_hosts=["example.com"])
    both = settings.with_cues(["question"])
    other = WordReader.default().with_cues(["question"]).with_settings(["example.com"])

    for reader in (both, other):
        assert labels(reader.read("看 http://a.example.com 了吗")) == {"question"}
    assert labels(both.with_cues([]).read("看了吗")) == set()


def test_a_question_mark_asks_but_not_in_a_link(reader: WordReader) -> None:
    assert "question" in labels(reader.read("周三？"))
    assert "question" not in labels(reader.read("http://a.example.com/x?id=3"))
    assert "question" in labels(reader.read("http://a.example.com/x?id=3 这个呢?"))


def test_a_way_of_speaking_stands_where_it_is_said(reader: WordReader) -> None:
    text = f"各位，急！没接到{CHILD}，看到请回复"
    found = {m.label: (m.start, m.text) for m in reader.read(text) if m.label in CUES}

    assert found["asks_reply"] == (text.index("请回复"), "请回复")
    assert found["emergency"][1].startswith("没接到")
    for start, part in found.values():
        assert text[start : start + len(part)] == part


def test_an_attachments_title_speaks_too(reader: WordReader) -> None:
    title = Attachment(type="link", title="请填写信息采集表", url="http://a.example.com")

    asked = [match for match in reader.read("各位家长", [title]) if match.label == "asks_form"]

    assert {(match.start, match.end) for match in asked} == {(4, 4)}


def test_the_shipped_ways_of_speaking_are_those_that_are_named() -> None:
    lexicon = load_cues()

    assert {rule.label for rule in lexicon.rules} == CUES
    assert not CUES & set(LABELS)
    # A way of speaking yields to none, and no rule is for outsiders alone: nobody reads those here.
    assert not lexicon.yields
    assert not lexicon.beside
