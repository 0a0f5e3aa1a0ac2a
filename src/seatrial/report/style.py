"""The look of a report's page: light and dark, wide and narrow, and A4."""

CSS = """
:root{--bg:#f4f6f8;--card:#fff;--ink:#17202a;--muted:#566373;--line:#dde3e9;--soft:#f0f3f6;--accent:#0b5a7d;
--good:#14733f;--good-bg:#e3f4ea;--wary:#855800;--wary-bg:#fdf1d3;--bad:#b3261e;--bad-bg:#fde8e6;--calm:#45535f;
--calm-bg:#e9eef2;
--s0:#0b6fa4;--s1:#c2541b;--s2:#6b4fbb;--s3:#11805b;--s4:#a3356f;--s5:#6b6f12;
--add:#dff3e5;--del:#fce4e2;--shadow:0 1px 2px rgba(16,30,45,.06),0 4px 16px rgba(16,30,45,.05)}
@media (prefers-color-scheme:dark){:root{--bg:#0e141a;--card:#161e26;--ink:#e4eaf0;--muted:#9aa8b6;--line:#2a3540;
--soft:#1c2630;
--accent:#7cc4e8;--good:#57c98a;--good-bg:#12301f;--wary:#e8b64c;--wary-bg:#352806;--bad:#ff8a80;--bad-bg:#3d1613;
--calm:#b3c0cc;--calm-bg:#25303b;
--s0:#5bb8ec;--s1:#f2945c;--s2:#b39df5;--s3:#4fcf9e;--s4:#ef86ba;--s5:#cdd154;--add:#12331f;--del:#401a17;--shadow:none}}
*{box-sizing:border-box}
html{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK TC",sans-serif;background:var(--bg);
color:var(--ink);
-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0}
main,.banner>div,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
.banner{border-bottom:1px solid var(--line);background:var(--card)}
.banner>div{display:flex;gap:.75rem;align-items:baseline;padding-top:.7rem;padding-bottom:.7rem}
.brand{font-weight:700;letter-spacing:.02em;color:var(--accent)}
.about{color:var(--muted);overflow-wrap:anywhere}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:2}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
h1{font-size:clamp(1.6rem,4.2vw,2.2rem);line-height:1.15;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:0 0 .75rem;letter-spacing:-.005em}
h3{font-size:.95rem;margin:1.5rem 0 .5rem;color:var(--muted)}
p{margin:.35rem 0}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.25rem 1.4rem;margin:1.1rem 0;
box-shadow:var(--shadow);scroll-margin-top:1rem}
.lead{color:var(--muted);margin:-.45rem 0 .75rem}
.mono,pre,time{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em;
overflow-wrap:anywhere}
.muted{color:var(--muted)}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.verdict{border-top:6px solid var(--tone);margin-top:1.5rem;padding-top:1.5rem}
.verdict.good,.good{--tone:var(--good);--tone-bg:var(--good-bg)}
.verdict.wary,.wary{--tone:var(--wary);--tone-bg:var(--wary-bg)}
.verdict.bad,.bad{--tone:var(--bad);--tone-bg:var(--bad-bg)}
.verdict.calm,.calm{--tone:var(--calm);--tone-bg:var(--calm-bg)}
.headline{display:flex;gap:1.1rem;align-items:flex-start}
.headline>div{min-width:0}
.icon{flex:none;width:3.2rem;height:3.2rem}
.icon circle{fill:var(--tone)}
.icon path{fill:none;stroke:var(--card);stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}
.detail{font-size:1.12rem;margin:.4rem 0 0;overflow-wrap:anywhere}
.next{color:var(--muted);overflow-wrap:anywhere}
.next b{color:var(--ink)}
.verdict h2{margin-top:1.4rem}
.judgements,.questions{list-style:none;margin:0;padding:0}
.judgement{display:grid;grid-template-columns:5.4rem 1fr;gap:.6rem;padding:.5rem 0;border-top:1px solid var(--line)}
.judgement>div{min-width:0}
.judgement p{margin:0;overflow-wrap:anywhere}
.judgement .mono{color:var(--muted)}
.judgement .way-out{margin-top:.3rem}
.questions>li{padding:.6rem 0;border-top:1px solid var(--line)}
.chip{display:inline-block;align-self:start;justify-self:start;padding:.08rem .5rem;border-radius:99px;
background:var(--tone-bg);color:var(--tone);
font-size:.78rem;font-weight:650;line-height:1.45;overflow-wrap:break-word}
.evidence{margin:.4rem 0 0;padding:.5rem .7rem;background:var(--soft);border-left:3px solid var(--line);
border-radius:0 6px 6px 0;white-space:pre-wrap}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.9rem 1.5rem;margin:1.3rem .2rem}
.facts>div{min-width:0}
dt{color:var(--muted);font-size:.8rem}
dd{margin:0;overflow-wrap:anywhere}
dd .muted{display:block;font-size:.8rem}
nav ul{display:flex;flex-wrap:wrap;gap:.4rem;list-style:none;margin:0;padding:0}
nav a{display:block;padding:.25rem .75rem;border:1px solid var(--line);border-radius:99px;background:var(--card);
text-decoration:none;font-size:.875rem}
nav a:hover{border-color:var(--accent)}
.steps{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;margin:0 0 1.2rem;padding:0}
.steps li{position:relative;flex:1 1 6.2rem;padding:.45rem .7rem;background:var(--soft);border-radius:8px;
border-top:3px solid var(--good);font-size:.875rem}
.steps li.now{border-top-color:var(--accent)}
.steps li.failed{border-top-color:var(--bad)}
.steps .muted{display:block}
.scroll{overflow-x:auto;margin:.75rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;color:var(--muted);font-size:.85rem;padding-bottom:.35rem}
th{text-align:left;font-size:.78rem;font-weight:600;color:var(--muted);border-bottom:1px solid var(--line);
padding:.35rem .75rem .35rem 0;white-space:nowrap}
td{padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td .mono{overflow-wrap:break-word}
td .chip{white-space:nowrap}
tr:last-child td{border-bottom:0}
.bars td:last-child{width:42%;vertical-align:middle}
.bar{position:relative;height:1.05rem;min-width:6rem}
.estimate{position:absolute;inset:0 auto 0 0;background:var(--soft);border:1px dashed var(--muted);border-radius:4px}
.measured{position:absolute;inset:.25rem auto .25rem 0;background:var(--accent);border-radius:3px}
.timeline{list-style:none;margin:0;padding:0;position:relative}
.timeline li{display:grid;grid-template-columns:10.5rem 1fr;gap:.9rem;padding:.28rem 0}
.timeline .when{display:grid;grid-template-columns:4.8rem 1fr;color:var(--muted);font-variant-numeric:tabular-nums}
.timeline .when time{grid-column:2}
.timeline .when span{color:var(--ink);font-weight:600}
.timeline .what{position:relative;padding-left:1.3rem;overflow-wrap:anywhere}
.timeline .what::before{content:"";position:absolute;left:0;top:.48em;width:.62em;height:.62em;border-radius:50%;
background:var(--tone)}
.timeline li:not(:last-child) .what::after{content:"";position:absolute;left:calc(.31em - 1px);top:1.25em;bottom:-.75em;
width:2px;background:var(--line)}
.timeline .is-phase.good .what,.timeline .is-phase.bad .what{font-weight:650}
.timeline .bad .what,.timeline .wary .what{color:var(--tone)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:1.2rem 2rem;margin-top:1rem}
.chart{margin:0;min-width:0}
figcaption{font-weight:600;font-size:.9rem;margin-bottom:1.5rem}
.plot{position:relative;height:13rem;margin:0 .3rem 1.7rem 3.4rem}
.plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.plot line,.plot path,.swatch path{vector-effect:non-scaling-stroke;fill:none}
.grid{stroke:var(--line);stroke-width:1}
.threshold{stroke:var(--tone);stroke-width:1.5;stroke-dasharray:6 4}
.threshold.calm{stroke-width:1;stroke-dasharray:2 4}
.usual{fill:var(--good-bg);opacity:.6}
rect.blind{fill:var(--muted);opacity:.3}
.mark{stroke:var(--tone);stroke-width:1;opacity:.75}
.series{stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}
.dot{stroke-width:7;stroke-linecap:round}
.s0{stroke:var(--s0)}.s1{stroke:var(--s1)}.s2{stroke:var(--s2)}.s3{stroke:var(--s3)}.s4{stroke:var(--s4)}.s5{stroke:var(--s5)}
.series.s1{stroke-dasharray:9 4}.series.s2{stroke-dasharray:2 4}.series.s3{stroke-dasharray:12 4 2 4}
.series.s4{stroke-dasharray:5 3}.series.s5{stroke-dasharray:1 3}
.label{position:absolute;font-size:.72rem;line-height:1;color:var(--muted);white-space:nowrap;font-variant-numeric:tabular-nums}
.label.y{right:calc(100% + .5rem);transform:translateY(-50%)}
.label.x{top:calc(100% + .5rem);transform:translateX(-50%)}
.label.limit.right{right:.2rem}.label.limit.left{left:.2rem}
.label.limit{transform:translateY(-120%);color:var(--tone);background:color-mix(in srgb,var(--card) 80%,transparent);
padding:0 .15rem}
.label.mark-name{bottom:calc(100% + .35rem);color:var(--tone)}
.label.at-right{transform:translateX(-100%)}
.legend{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.8rem;color:var(--muted)}
.legend .mono{color:var(--ink)}
.swatch{width:26px;height:12px;margin-right:.4rem;vertical-align:-1px;display:inline-block}
span.swatch.blind{background:color-mix(in srgb,var(--muted) 30%,transparent)}
.diff{margin:.9rem 0;padding:.8rem 0;background:var(--soft);border-radius:8px;overflow-x:auto;max-height:32rem}
.diff span{display:block;padding:0 1rem;min-width:max-content;overflow-wrap:normal}
.diff .hunk{color:var(--muted)}
.diff .object{font-weight:700;padding-top:.5rem}
.diff .add{background:var(--add)}
.diff .del{background:var(--del)}
details{border-top:1px solid var(--line);padding:.4rem 0}
summary{cursor:pointer;padding:.2rem 0}
footer{color:var(--muted);font-size:.85rem;padding-top:.6rem;padding-bottom:2.5rem;overflow-wrap:anywhere}
@media (max-width:44rem){
section{padding:1rem;border-radius:10px}
main,.banner>div,footer{padding-left:.8rem;padding-right:.8rem}
.headline{gap:.8rem}
.icon{width:2.3rem;height:2.3rem}
.judgement{grid-template-columns:1fr;gap:.25rem}
.timeline li{grid-template-columns:1fr;gap:0;padding:.4rem 0}
.timeline .when{grid-template-columns:auto 1fr;gap:.7rem;padding-left:1.3rem}
.timeline .when time{grid-column:auto}
.timeline li:not(:last-child) .what::after{bottom:-2.6em}
.facts{grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}
.scroll table,.scroll caption,.scroll tbody,.scroll tr,.scroll td{display:block}
.scroll thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.scroll tr{padding:.45rem 0;border-bottom:1px solid var(--line)}
.scroll td{position:relative;padding:.12rem 0 .12rem 6.8rem;min-height:1.6rem;border:0}
.scroll td::before{content:attr(data-head);position:absolute;left:0;color:var(--muted);font-size:.8rem}
.scroll td:empty{display:none}
.bars td:last-child{width:auto}
}
@page{size:A4;margin:14mm}
@media print{
:root{--bg:#fff;--card:#fff;--ink:#000;--muted:#444;--line:#ccc;--soft:#f3f3f3;--accent:#0b5a7d;--good:#14733f;
--good-bg:#e3f4ea;--wary:#7a5000;--wary-bg:#fdf1d3;
--bad:#a3211a;--bad-bg:#fde8e6;--calm:#45535f;--calm-bg:#e9eef2;--s0:#0b6fa4;--s1:#c2541b;--s2:#6b4fbb;--s3:#11805b;
--s4:#a3356f;--s5:#6b6f12;--add:#dff3e5;--del:#fce4e2;--shadow:none}
html{font-size:10.5pt;background:#fff}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
main,.banner>div,footer{max-width:none;padding-left:0;padding-right:0}
nav,.skip{display:none}
section{border:0;border-radius:0;padding:.3rem 0;margin:.9rem 0;box-shadow:none}
.verdict{border-top:5px solid var(--tone);padding-top:.8rem}
h2,h3,figcaption,caption{break-after:avoid}
tr,li,figure,.judgement,.scroll{break-inside:avoid}
.charts{grid-template-columns:1fr 1fr;gap:1rem}
.plot{height:9rem}
td .mono{overflow-wrap:anywhere}
td time{white-space:nowrap}
.steps li{flex-basis:4.2rem}
details::details-content{content-visibility:visible;display:block;height:auto}
.scroll,.diff{overflow:visible;max-height:none}
.diff span{min-width:0;white-space:pre-wrap}
}
"""
