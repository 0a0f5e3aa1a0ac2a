"""The words of runbooks, in Traditional and Simplified Chinese and in English, and what each of them stands for."""

from enum import Enum

_PAIRS = (
    "检檢环環应應发發务務开開时時间間预預输輸显顯当當状狀态態记記录錄滚滾动動验驗证證监監测測内內错錯误誤终終执執标標准準触觸条條严嚴异異启啟创創删刪调調试試现現运運营營镜鏡负負载載认認确確处處问問题題暂暫"
    "复復见見资資讯訊联聯络絡备備选選过過进進响響请請权權访訪节節点點组組阈閾续續观觀总總结結后後断斷连連线線实實储儲图圖据據无無说說为為从從这這个個与與并並将將还還会會没沒给給经經种種样樣织織级級约約数數"
    "码碼东東产產业業价價计計划劃设設买買卖賣书書长長门門马馬鱼魚鸟鳥龙龍号號叶葉单單双雙专專宽寬继繼紧緊维維护護击擊术術骤驟换換规規则則优優构構网網责責师師办辦报報账帳对對阶階档檔简簡历歷围圍边邊销銷赖賴"
    "杂雜险險团團义義传傳仅僅却卻厂廠压壓听聽吗嗎员員块塊坏壞够夠头頭夹夾学學导導层層属屬带帶广廣归歸彻徹忆憶怀懷挂掛损損携攜敌敵枪槍栏欄树樹梦夢楼樓变變战戰绿綠蓝藍医醫钟鐘达達两兩决決减減亿億类類获獲稳穩"
    "缩縮扩擴势勢兴興举舉乐樂习習云雲参參华華协協卫衛县縣叠疊吴吳啰囉"
)
SIMPLIFIED = {ord(_PAIRS[at]): _PAIRS[at + 1] for at in range(0, len(_PAIRS), 2)}
"""Simplified characters as the traditional ones in which the words below are written."""


class Topic(Enum):
    """What a heading or a label opens."""

    ROLLBACK = "rollback"
    TRIGGER = "what makes it roll back"
    DECISION = "decision points"
    THRESHOLD = "thresholds"
    INDICATOR = "key figures"
    CRITERIA = "success criteria"
    REASON = "reasons"
    WINDOW = "the window"
    DURATION = "estimated durations"
    SOAK = "the watch afterwards"
    RECORD = "before and after"
    CONTACT = "the debug bundle"
    APPLY = "the apply"
    ROLLOUT = "the rollout"
    VERIFY = "the proof"
    ENVIRONMENT = "preflight"
    PREPARATION = "preparation"
    EXPECTED = "what is expected"
    META = "about the document"


FOR_PEOPLE = {Topic.REASON, Topic.META, Topic.CONTACT}
"""Topics whose sentences are for people: nothing is to be checked in them."""

TOPICS: tuple[tuple[Topic, str], ...] = (
    (Topic.TRIGGER, r"觸發條件|回滾條件|rollback (trigger|criteria|condition)|trigger|when to roll ?back"
                    r"|\broll ?back\b.{0,24}\b(if|when)\b|abort criteria"),
    (Topic.ROLLBACK, r"回滾|回退|復原|還原|roll ?back|back[- ]?out|revert|undo|emergency|緊急處理"),
    (Topic.DECISION, r"決策點|判斷|decision|go ?/ ?no[- ]?go|checkpoint"),
    (Topic.THRESHOLD, r"閾值|告警|threshold|alert"),
    (Topic.INDICATOR, r"關鍵指標|監控項目|指標|key (metric|indicator|figure)|what to watch|metrics to"),
    (Topic.CRITERIA, r"成功標準|驗收|(立即|短期|長期)驗證|success criteria|acceptance|definition of done|exit criteria"),
    (Topic.REASON, r"^(理由|原因|為什麼)|^(why|reason|rationale|background)"),
    (Topic.DURATION, r"時長|預估|耗時|duration|estimate|time ?line|how long"),
    (Topic.WINDOW, r"時段|窗口|時機|維護時間|部署時間|(maintenance |deployment |change )?window|schedule[d]?|when to"),
    (Topic.CONTACT, r"聯絡|聯繫|問題反饋|求助|支援|contact|escalation|support|troubleshoot|故障排|debug"),
    (Topic.SOAK, r"監控(?!滾動)|觀察|每 ?\d+ ?分鐘|monitor(?!ing? the roll)|soak|bake|observ|post-deploy(ment)? watch|every \d+ min"),
    (Topic.RECORD, r"記錄|歸檔|record|before and after"),
    (Topic.ROLLOUT, r"滾動更新|rollout|rolling"),
    (Topic.EXPECTED, r"^(預期|期望|應該)|^(確認|檢查|驗證)$|^(expected|expect|should|output)"),
    (Topic.VERIFY, r"驗證|verif|validat|smoke|post-?(deploy|check|upgrade)|health check|functional|功能測試"),
    (Topic.ENVIRONMENT, r"^before\b|環境|檢查清單|部署前|environment|pre-?(check|flight|deploy|upgrade)|checklist|before you|requires?"),
    (Topic.PREPARATION, r"準備|前置|prepar|prerequisite|requirement"),
    (Topic.META, r"目標|日期|版本|最後更新|作者|概述|背景|摘要|目錄|相關文|\b(goals?|objectives?|overview|summary|version|created"
                 r"|last updated|date|authors?|owner|purpose|related|references?|table of contents|contents)\b"),
    (Topic.APPLY, r"應用配置|套用|(部署|發[布佈]|升級|上線)(步驟|流程|操作)|^步驟|apply|deploy|upgrad|install|^steps?$|^procedure"),
)  # fmt: skip
"""The first that matches says what a heading or a label opens."""

EXPECTATION = (
    r"^(預期|期望|確認|檢查|驗證|應該)[^:]{0,12}(:|$)|"
    r"^(expected?|expect|should|confirm|check|verify|make sure|outputs?)\b[^:]{0,24}(:|$)"
)
"""A comment in code that opens what is expected of the command above it."""


class Concept(Enum):
    """What a word or two of a runbook are about."""

    POD = "pods"
    REPLICA = "replicas"
    RUNNING = "running"
    READY = "ready"
    RESTART = "restarts"
    OOM = "out of memory"
    OOM_ERROR = "OutOfMemoryError"
    CRASH_LOOP = "crash loop"
    CREATING = "container creating"
    IMAGE = "image"
    UNSCHEDULED = "unscheduled"
    HPA = "autoscaler"
    TARGETS = "targets"
    CONDITION = "condition"
    SCALED = "scaled"
    MEMORY = "memory"
    JVM = "JVM"
    GC_LOG = "GC log"
    SERVER_ERROR = "server errors"
    HEALTH = "health"
    LOG = "log"
    NODE = "nodes"
    METRICS = "metrics-server"
    CONTEXT = "context"
    CLUSTER = "cluster"
    ACCESS = "access"
    SECRET = "secret"  # noqa: S105 - the word, not one of them
    DEPLOYMENT = "deployment"
    SERVICE = "service"
    EVENT = "events"
    COMMIT = "commit"
    BACKUP = "backup"
    MANIFEST = "manifests"
    KUSTOMIZATION = "kustomization"
    OLD = "old"
    NEW = "new"
    TERMINATING = "terminating"
    PROBE = "probe"
    NONE = "none"
    WRONG = "wrong"
    STARTED = "started"
    AGE = "age"
    APPLY = "apply"
    ROLLOUT = "rollout"
    ROLLBACK = "rollback"
    USAGE = "usage"
    TUNE = "tune"
    CHANGE = "change"
    CAUSE = "cause"
    DOCUMENT = "document"


CONCEPTS: tuple[tuple[Concept, str], ...] = (
    (Concept.OOM_ERROR, r"outofmemoryerror(?![a-z])"),
    (Concept.OOM, r"(?<![a-z+:])(oom[- ]?(kill(ed|ing|s)?)?(?![a-z])|out[- ]of[- ]memory)|記憶體不足|內存溢出"),
    (Concept.CRASH_LOOP, r"crash[- ]?loop(backoff|ing|s)?"),
    (Concept.CREATING, r"container ?creating"),
    (Concept.IMAGE, r"image ?pull(backoff)?|errimagepull|拉取鏡像"),
    (Concept.UNSCHEDULED, r"failedscheduling|unschedulable|\bpending\b"),
    (Concept.GC_LOG, r"gc[. ]?logs?\b|gc ?日誌|/[\w./-]*gc\.log"),
    (Concept.HPA, r"\bhpas?\b|horizontal ?pod ?autoscalers?|\bauto-?scal(er|ing)\b|自動(擴縮|伸縮)"),
    (Concept.TARGETS, r"\bTARGETS\b|<unknown>|minpods|maxpods"),
    (Concept.CONDITION, r"abletoscale|scalingactive|\bconditions: "),
    (Concept.SCALED, r"successfulrescale|\bscaled (up/down|up|down)\b|副本數會調整"),
    (Concept.JVM, r"\bjvms?\b|java_opts|java_tool_options|-?xm[sxn] ?\d+\w*|-xx:\S+|-xloggc:\S+|\bg1gc\b|heap ?dump\w*|\bargs1\b"),
    (Concept.SERVER_ERROR, r"\b5xx\b|\b5\d\d errors?|server errors?|(?<!4xx )\berror rates?\b|錯誤率"),
    (Concept.HEALTH, r"\bhttp (code |status )?2\d\d( ok)?\b|\b200 ok\b|/actuator/health|health ?(check|z|y)?s?\b"
                     r"|\"status\": ?\"up\"|服務響應|可達性?|健康(檢查)?|服務正常"),
    (Concept.METRICS, r"metrics[- ](server|api)\b|metrics\.k8s\.io|metrics (收集|collect\w*|samples?)"),
    (Concept.MEMORY, r"\bmemory\b|記憶體|內存|working set|oom score"),
    (Concept.RESTART, r"\brestart(s|ed|count| count)?\b|重啟|重新啟動"),
    (Concept.RUNNING, r"\brunning\b|運行中|執行中|正常運行"),
    (Concept.READY, r"\b(ready|available)\b|就緒|\b\d/\d\b"),
    (Concept.REPLICA, r"\breplicas?(ets?)?\b|副本數?"),
    (Concept.POD, r"(?<![\w-])pods?(?![\w-])|容器組"),
    (Concept.LOG, r"\blogs?\b|日誌"),
    (Concept.PROBE, r"readiness( probe)?|liveness( probe)?|\bprobes?\b|探針"),
    (Concept.EVENT, r"\bevents?\b|事件"),
    (Concept.NODE, r"(?<![\w-])nodes?(?![\w-])|節點"),
    (Concept.CONTEXT, r"\bcontexts?\b|切換到"),
    (Concept.CLUSTER, r"kubernetes|\bcluster\b|集群|叢集|\bk8s\b|kubeconfig|\bkubectl\b"),
    (Concept.ACCESS, r"permissions?|\baccess\b|\brbac\b|權限|能訪問|可訪問|連接"),
    (Concept.COMMIT, r"\b(git )?commit(ted|s)?\b|提交"),
    (Concept.BACKUP, r"\bback(ed )?-?ups?\b|備份"),
    (Concept.KUSTOMIZATION, r"kustomi[sz]\w+(?=\.ya?ml)|kustomi[sz]\w+"),
    (Concept.MANIFEST, r"\b[\w-]+\.ya?ml\b|\bmanifests?\b|\benv/[\w.-]+|配置文件"),
    (Concept.MANIFEST, r"\.ya?ml\b"),
    (Concept.SECRET, r"(?<![\w-])secrets?(?![\w-])"),
    (Concept.SERVICE, r"(?<![\w-])(service|endpoints?)(?![\w-])"),
    (Concept.DEPLOYMENT, r"(?<![\w-])(deployments?|workload)(?![\w-])"),
    (Concept.TERMINATING, r"terminat(ing|ed|ion)|終止"),
    (Concept.ROLLOUT, r"\brollout\b|滾動更新(時間線)?|successfully rolled out"),
    (Concept.OLD, r"舊|原本|\bold\b|previous"),
    (Concept.NEW, r"(?<!更)新(?!增)|\bnew\b"),
    (Concept.AGE, r"\bage\b"),
    (Concept.ROLLBACK, r"回滾|\broll(ed)? ?back\b|\brollback\b"),
    (Concept.APPLY, r"\bapply\b|\bconfigured\b|\bunchanged\b|\bcreated\b"),
    (Concept.STARTED, r"\bstart(ed|up|s)?\b|啟動"),
    (Concept.USAGE, r"使用率?|\busage\b"),
    (Concept.TUNE, r"調整|調優|\btun(e|ing)\b|\badjust"),
    (Concept.CHANGE, r"變更|修改|要部署的|\bchange[sd]?\b|\bdiff(erence)?s?\b"),
    (Concept.CAUSE, r"根因|修復方案|分析|設計|root cause|\banalys[ei]s\b|\bdesign(ed)?\b"),
    (Concept.DOCUMENT, r"文檔|文件(?!存在)|\breadme\b|\bdocument(s|ed|ation)?\b|changelog|release notes"),
    (Concept.WRONG, r"異常|失敗|錯誤|不正確|\bfail(s|ed|ure|ures|ing)?\b|\berrors?\b|abnormal|\bwarnings?\b|unhealthy|問題"),
    (Concept.NONE, r"不存在|不應該?|未|無|沒有|不是|\bno\b|\bnot\b|\bnone\b|\bwithout\b|\babsent\b|\bzero\b|\bnever\b"),
)  # fmt: skip
"""What each word stands for, in the order in which they are looked for: longer ones first."""

FILLERS = (
    r"如果?|的|了|是|在|有|都|和|或|與|及|並|也|就|會|將|可能|應該?|需要?|正常|看到|顯示|確認|檢查|包含|實際|數值|列表|狀態|正確|配置|部署|參數|更新|生產|正式|分鐘|小時|"
    r"當前|最近|幾|個|第|約|左右|大量|大幅|降低|目標|頻率|一直|仍|後|前|中|時|到|從|為|以|所有|同時|另一個?|出現|開始|最終|更多|視|"
    r"能|已|並且|相關|應用|服務|範圍|預期|安全|接近|立即|分配|資源|建立|\blimit\b|警告|緊急|工作|影響|固定|但|請|再|先|等待|完成|此|該|其|每|至少|"
    r"\b(the|a|an|is|are|be|been|should|must|will|all|and|or|of|in|on|to|for|with|by|at|that|this|it|has|have|any|each|"
    r"if|see|seen|show|shows|shown|value|values|status|state|check|confirm|verify|normal|normally|correct|correctly|current|"
    r"usual|range|expected|within|under|above|below|than|more|less|about|approx|approximately|there|still|after|before|during|"
    r"from|name|namespace|list|events?|count|up|down|min|max|least|most|exactly|ok|healthy|true|false|every|update|add|take|data|prod|production|resources?|already|its?|may|deleted?|frequency|strategy|what|flags?|options?|parameters?|settings?|one|two|three)\b"
)
"""Words that add nothing: what is left beside them and the words above was not read."""

TAKEN = (
    r"^(please )?(restart(?! counts?\b)|delete|scale|drain|cordon|increase|decrease|reduce|remove|kill|stop|edit|patch|install"
    r"|uninstall|reboot|force|disable|enable|move|add|rename)\b|^(重啟(?!次數)|重新啟動|刪除|停止|擴容|縮容|增加|減少|關閉|開啟)(?!:)"
)
"""A sentence that begins so is an action that a person takes, and nothing that could be checked."""

HYPHENED = r"^(pre|post|non|re|on|off|client|server|up|down|long|short|real|in|out|self|auto|multi|high|low|well|end|zero|read|write)-"
"""Beginnings of ordinary words with a hyphen; any other such word is the name of something."""

ACTIONS: tuple[tuple[str, str, str], ...] = (
    ("roll back", r"回滾|回退|roll ?back|revert|back ?out|undo", "the plan's triggers roll back at once; anything else asks first"),
    ("stop", r"暫停|停止|中止|stop|pause|abort|do not (proceed|continue)|halt", "the run holds or is refused before the next step"),
    ("nothing", r"正常|忽略|無需|不影響|ignore|normal|expected|no action|harmless",
     "within its time the rule only waits; after it a person is asked"),
    ("warn", r"警告|告警|緊急|注意|warn|alert|urgent|page|notify", "a warning is told once, and recorded; a failed rule asks"),
    ("look", r"檢查|調查|查看|修正|修復|需監控|問題|可能|check|inspect|investigate|look|see|review|debug|fix|correct|wait",
     "the rule's answer names the cause, its evidence and the next step"),
)  # fmt: skip
"""What a decision point does: its name, its words, and what Seatrial does instead."""

DAYS: tuple[tuple[str, str], ...] = (
    ("mon", r"(週|星期|禮拜|周)一|\bmon(day)?s?\b"),
    ("tue", r"(週|星期|禮拜|周)二|\btue(s|sday)?s?\b"),
    ("wed", r"(週|星期|禮拜|周)三|\bwed(nesday)?s?\b"),
    ("thu", r"(週|星期|禮拜|周)四|\bthu(r|rs|rsday)?s?\b"),
    ("fri", r"(週|星期|禮拜|周)五|\bfri(day)?s?\b"),
    ("sat", r"(週|星期|禮拜|周)六|\bsat(urday)?s?\b"),
    ("sun", r"(週|星期|禮拜|周)(日|天)|\bsun(day)?s?\b"),
)
DAY_GROUPS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("mon", "tue", "wed", "thu", "fri"), r"\bweekdays?\b|工作日|平日"),
    (("sat", "sun"), r"\bweekends?\b|週末|周末"),
)
AFTERNOON = r"下午|晚上|晚間|傍晚|\bp\.?m\b"
MORNING = r"凌晨|清晨|早上|上午|\ba\.?m\b"

UNITS_S: tuple[tuple[str, str, float], ...] = (
    ("w", r"weeks?|週|周|星期|wks?|w", 604800.0),
    ("d", r"days?|天|日|d", 86400.0),
    ("h", r"小時|鐘頭|hours?|hrs?|h", 3600.0),
    ("m", r"分鐘|分|minutes?|mins?|m", 60.0),
    ("s", r"秒鐘?|seconds?|secs?|s", 1.0),
)
"""Units of time: the letter in a plan, the words, the seconds."""

PROBABLY_TRADITIONAL = "檢環應發務開時間預輸顯當狀態記錄滾動驗證監測內錯終執標準觸條異啟創刪調試現運"
"""Characters that simplified Chinese does not have: the text is traditional."""
