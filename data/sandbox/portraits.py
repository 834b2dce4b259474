# SPDX-License-Identifier: GPL-3.0-or-later
"""The customers' portraits: flat drawings made of a few shapes each."""


def shade(colour, factor):
    """A darker (factor < 1) or lighter (> 1) one."""
    parts = [int(colour[i:i + 2], 16) for i in (1, 3, 5)]
    if factor <= 1:
        parts = [p * factor for p in parts]
    else:
        parts = [p + (255 - p) * (factor - 1) for p in parts]
    return "#%02x%02x%02x" % tuple(int(max(0, min(255, p))) for p in parts)


def face(skin, brow, *, smile="closed", lashes=False, lips=None, cheeks="#e8655a", age=0, eye="#33231c"):
    """Eyes, brows, nose, mouth, on a head about (100, 90)."""
    nose = shade(skin, 0.82)
    svg = f"""
    <ellipse cx="79" cy="105" rx="8" ry="5.5" fill="{cheeks}" opacity="0.20"/>
    <ellipse cx="121" cy="105" rx="8" ry="5.5" fill="{cheeks}" opacity="0.20"/>
    <ellipse cx="85" cy="91" rx="3.6" ry="4.6" fill="{eye}"/><circle cx="86.3" cy="89.4" r="1.2" fill="#fff"/>
    <ellipse cx="115" cy="91" rx="3.6" ry="4.6" fill="{eye}"/><circle cx="116.3" cy="89.4" r="1.2" fill="#fff"/>
    <path d="M77,81 Q84,76.5 91,80" fill="none" stroke="{brow}" stroke-width="2.6" stroke-linecap="round"/>
    <path d="M109,80 Q116,76.5 123,81" fill="none" stroke="{brow}" stroke-width="2.6" stroke-linecap="round"/>
    <path d="M100,92 Q96,102 98,104 Q100,105.5 103,104" fill="none" stroke="{nose}" stroke-width="2.2" stroke-linecap="round"/>
    """
    if lashes:
        svg += f"""<path d="M80.5,88.5 Q85,84.5 90,88" fill="none" stroke="{eye}" stroke-width="1.8" stroke-linecap="round"/>
        <path d="M110,88 Q115,84.5 119.5,88.5" fill="none" stroke="{eye}" stroke-width="1.8" stroke-linecap="round"/>"""
    mouth = lips or shade(skin, 0.62)
    if smile == "open":
        svg += f"""<path d="M87,111 Q100,115 113,111 Q110,124 100,124 Q90,124 87,111 Z" fill="#7c2d2a"/>
        <path d="M88.5,112.2 Q100,115.6 111.5,112.2 Q111,116 100,116.6 Q89,116 88.5,112.2 Z" fill="#fff"/>"""
    elif smile == "soft":
        svg += f'<path d="M91,114 Q100,119 109,114" fill="none" stroke="{mouth}" stroke-width="2.8" stroke-linecap="round"/>'
    else:
        svg += f'<path d="M88,112 Q100,122 112,112" fill="none" stroke="{mouth}" stroke-width="3" stroke-linecap="round"/>'
    if age:
        line = shade(skin, 0.84)
        svg += f"""<path d="M73,95 l-3,-1.5 M73,98 l-3,0.5 M127,95 l3,-1.5 M127,98 l3,0.5" stroke="{line}" stroke-width="1.4" stroke-linecap="round"/>
        <path d="M84,107 Q82,112 84,116 M116,107 Q118,112 116,116" fill="none" stroke="{line}" stroke-width="1.5" stroke-linecap="round"/>"""
    return svg


def head(skin, ears=True):
    svg = ""
    if ears:
        for x, turn in ((65, -8), (135, 8)):
            svg += f'<ellipse cx="{x}" cy="95" rx="6.5" ry="9" fill="{shade(skin, 0.93)}" transform="rotate({turn} {x} 95)"/>'
    return svg + f'<path d="M66,82 C66,54 80,44 100,44 C120,44 134,54 134,82 C134,112 120,134 100,134 C80,134 66,112 66,82 Z" fill="{skin}"/>'


def neck(skin):
    dark = shade(skin, 0.85)
    return f"""<path d="M84,118 L82,160 Q84,178 100,178 Q116,178 118,160 L116,118 Z" fill="{skin}"/>
    <path d="M84,122 Q100,142 116,122 L116,132 Q100,150 84,132 Z" fill="{dark}"/>"""


def body(colour, neckline="round", extra=""):
    shapes = {
        "round": "M22,202 C24,168 54,154 82,147 Q84,164 100,164 Q116,164 118,147 C146,154 176,168 178,202 Z",
        "v": "M22,202 C24,168 54,154 81,147 L100,182 L119,147 C146,154 176,168 178,202 Z",
        "high": "M22,202 C24,168 54,154 80,147 Q82,138 84,138 Q100,152 116,138 Q118,138 120,147 C146,154 176,168 178,202 Z",
    }
    return f'<path d="{shapes[neckline]}" fill="{colour}"/>' + extra


def glasses(colour, round_ones=True):
    if round_ones:
        lenses = '<circle cx="85" cy="92" r="12"/><circle cx="115" cy="92" r="12"/>'
    else:
        lenses = '<rect x="72" y="83" width="25" height="18" rx="5"/><rect x="103" y="83" width="25" height="18" rx="5"/>'
    return f"""<g fill="#ffffff" fill-opacity="0.14" stroke="{colour}" stroke-width="2.6">{lenses}
    <path d="M97,91 Q100,88.5 103,91 M73,90 L66,87 M127,90 L134,87" fill="none"/></g>"""


def frame(background, *layers):
    light = shade(background, 1.25)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="320" height="320" viewBox="0 0 200 200">
    <rect width="200" height="200" fill="{background}"/>
    <circle cx="100" cy="92" r="82" fill="{light}" opacity="0.55"/>
    {"".join(layers)}</svg>"""


def priya():
    skin, hair = "#c98a5e", "#2a1a16"
    back = f'<path d="M58,96 C52,50 74,32 100,32 C126,32 148,50 142,96 C146,134 152,160 146,184 L54,184 C48,160 54,134 58,96 Z" fill="{hair}"/>'
    front = f"""<path d="M100,40 C80,40 64,54 64,88 C72,82 90,72 100,48 C110,72 128,82 136,88 C136,54 120,40 100,40 Z" fill="{hair}"/>
    <circle cx="100" cy="76" r="2.4" fill="#b3202c"/>
    <g fill="#e9b53a"><circle cx="65" cy="106" r="3.6"/><path d="M61,110 L69,110 L65,120 Z"/><circle cx="135" cy="106" r="3.6"/><path d="M131,110 L139,110 L135,120 Z"/></g>"""
    drape = """<path d="M120,147 C146,154 176,168 178,202 L120,202 Q104,176 120,147 Z" fill="#e0a526"/>
    <path d="M119,149 Q106,176 121,202" fill="none" stroke="#f7d98a" stroke-width="3"/>"""
    return frame("#f6c76b", back, neck(skin), body("#9c2348", "v", drape), head(skin, False),
                 face(skin, "#2a1a16", smile="open", lashes=True, cheeks="#d1495b"), front)


def mateo():
    skin, hair = "#d9a076", "#241913"
    curls = "".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{hair}"/>' for x, y, r in (
        (70, 66, 12), (75, 52, 13), (88, 43, 14), (102, 40, 14), (116, 45, 14), (127, 55, 12), (131, 68, 11), (92, 54, 12), (108, 54, 12)))
    stubble = """<path d="M68,96 C70,122 84,135 100,135 C116,135 130,122 132,96 C130,108 124,110 116,109 Q100,104 84,109 C76,110 70,108 68,96 Z" fill="#241913" opacity="0.34"/>"""
    return frame("#5fb7ae", neck(skin), body("#2f6f4f", "round"), head(skin), stubble, face(skin, hair, smile="open"), curls)


def sofia():
    skin, hair = "#d59b73", "#4a2a1b"
    back = f'<path d="M60,90 C54,48 76,33 100,33 C124,33 146,48 140,90 C140,112 146,120 142,136 L58,136 C54,120 60,112 60,90 Z" fill="{hair}"/>'
    braid = "".join(f'<ellipse cx="{140 + i % 2 * 3}" cy="{130 + i * 12}" rx="11" ry="9" fill="{shade(hair, 1 if i % 2 else 1.12)}"/>' for i in range(5))
    front = f"""<path d="M64,86 C66,54 82,40 104,41 C124,42 136,58 136,86 C126,80 118,66 114,54 C104,70 80,76 64,86 Z" fill="{hair}"/>
    <g transform="translate(70 52)"><g fill="#e4384b">{"".join(f'<ellipse cx="0" cy="-8" rx="6" ry="8" transform="rotate({a})"/>' for a in range(0, 360, 60))}</g><circle r="4.4" fill="#ffd25e"/></g>"""
    collar = """<g fill="none" stroke-width="3" stroke-linecap="round"><path d="M78,152 Q84,172 100,172 Q116,172 122,152" stroke="#e4384b"/>
    <path d="M72,156 Q82,180 100,180 Q118,180 128,156" stroke="#2a9d6f" stroke-dasharray="1 7"/></g>"""
    return frame("#f4a9b8", back, neck(skin), body("#fdf6ec", "round", collar), braid, head(skin),
                 face(skin, hair, lashes=True, lips="#b8394a"), front)


def daniel():
    skin, hair = "#f2c6a8", "#b4532a"
    front = f'<path d="M64,84 C60,50 80,36 104,37 C128,38 140,54 135,84 C131,74 128,66 120,60 C106,66 84,66 74,60 C68,68 66,76 64,84 Z" fill="{hair}"/>'
    beard = f"""<path d="M66,92 C66,126 84,144 100,144 C116,144 134,126 134,92 C130,104 124,106 116,105 Q100,99 84,105 C76,106 70,104 66,92 Z" fill="{hair}"/>
    <path d="M88,113 Q100,121 112,113 Q108,119 100,119 Q92,119 88,113 Z" fill="#fff"/>"""
    collar = '<path d="M80,148 Q84,168 100,168 Q116,168 120,148" fill="none" stroke="#f1e7d6" stroke-width="5"/>'
    return frame("#9cc7ea", neck(skin), body("#22395f", "round", collar), head(skin), face(skin, hair, smile="soft", eye="#2f5d7c"), beard, front)


def grace():
    skin, hair = "#f0cba6", "#17151a"
    back = f'<path d="M60,92 C54,48 74,32 100,32 C126,32 146,48 140,92 L143,132 Q134,142 122,138 L78,138 Q66,142 57,132 Z" fill="{hair}"/>'
    front = f'<path d="M65,84 C62,54 78,39 100,39 C122,39 138,54 135,84 Q128,72 100,72 Q72,72 65,84 Z" fill="{hair}"/>'
    return frame("#c3b1e6", back, neck(skin), body("#d99a2b", "high"), head(skin, False),
                 face(skin, hair, smile="closed", lips="#c3525a"), front, glasses("#3a2d2d"))


def harpreet():
    skin = "#b9794c"
    turban = """<path d="M60,82 C50,40 78,20 102,20 C130,20 150,42 140,82 C128,66 116,58 100,58 C84,58 72,66 60,82 Z" fill="#e2711d"/>
    <path d="M62,76 C70,46 104,30 138,52 M60,64 C76,40 106,24 130,32 M68,82 C82,58 116,46 141,70" fill="none" stroke="#b9550f" stroke-width="2.6"/>
    <path d="M100,58 L112,34 L88,34 Z" fill="#f4953f"/>"""
    beard = """<path d="M65,90 C62,132 82,156 100,156 C118,156 138,132 135,90 C130,105 124,107 116,106 Q100,99 84,106 C76,107 70,105 65,90 Z" fill="#1d1714"/>
    <path d="M84,108 Q92,103 100,107 Q108,103 116,108 Q108,113 100,111 Q92,113 84,108 Z" fill="#2c231f"/>
    <path d="M91,114.5 Q100,120 109,114.5" fill="none" stroke="#e9d6c6" stroke-width="2.6" stroke-linecap="round"/>"""
    collar = '<path d="M81,147 L100,176 L92,182 L72,152 Z M119,147 L100,176 L108,182 L128,152 Z" fill="#f6f2ea"/>'
    return frame("#8fa3b8", neck(skin), body("#30475e", "v", collar), head(skin), face(skin, "#1d1714", smile="soft"), beard, turban)


def lucia():
    skin, hair = "#edc1a0", "#c9c5c8"
    back = f'<circle cx="100" cy="30" r="17" fill="{shade(hair, 0.93)}"/><path d="M61,92 C54,50 76,35 100,35 C124,35 146,50 139,92 Z" fill="{hair}"/>'
    front = f'<path d="M64,88 C62,54 80,41 100,41 C120,41 138,54 136,88 C132,70 120,58 100,57 C80,58 68,70 64,88 Z" fill="{hair}"/><path d="M88,26 Q100,20 112,26" fill="none" stroke="{shade(hair, 0.8)}" stroke-width="2"/>'
    pearls = "".join(f'<circle cx="{x}" cy="{y}" r="3" fill="#fffaf0"/>' for x, y in ((83, 157), (88, 163), (95, 166.5), (102, 167), (109, 164.5), (115, 159)))
    return frame("#b7d4a8", back, neck(skin), body("#6d4c8c", "round", pearls), head(skin),
                 face(skin, "#8d8589", age=1, lips="#b6565c"), front, glasses("#8a4b2f", False))


def tom():
    skin, hair = "#f0c4a4", "#caa05c"
    shine = f'<path d="M78,54 Q88,47 100,47" fill="none" stroke="{shade(skin, 1.5)}" stroke-width="4" stroke-linecap="round" opacity="0.7"/>'
    beard = f"""<path d="M67,98 C69,124 84,138 100,138 C116,138 131,124 133,98 C129,108 124,109 116,108 Q100,103 84,108 C76,109 71,108 67,98 Z" fill="{hair}"/>
    <path d="M89,113 Q100,121 111,113" fill="none" stroke="#8a4a36" stroke-width="2.8" stroke-linecap="round"/>"""
    blazer = """<path d="M81,147 L100,190 L119,147 Z" fill="#f3f4f6"/><path d="M81,147 L66,156 L90,202 L100,188 Z M119,147 L134,156 L110,202 L100,188 Z" fill="#2c3036"/>"""
    return frame("#e8d3b0", neck(skin), body("#3c424b", "v", blazer), head(skin), face(skin, hair, smile="soft", eye="#3f6b73"), beard, shine, glasses("#20242a"))


def camila():
    skin, hair = "#b87a52", "#3b1f1a"
    curls = "".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{hair}"/>' for x, y, r in (
        (60, 120, 18), (54, 98, 19), (56, 76, 19), (66, 54, 20), (84, 40, 20), (104, 36, 20), (124, 44, 20), (140, 60, 19), (146, 82, 19), (146, 104, 18), (140, 124, 17)))
    front = "".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{hair}"/>' for x, y, r in ((74, 60, 11), (88, 52, 12), (103, 50, 12), (117, 54, 11), (128, 64, 9)))
    hoops = '<g fill="none" stroke="#f3c74f" stroke-width="2.6"><circle cx="66" cy="112" r="8"/><circle cx="134" cy="112" r="8"/></g>'
    return frame("#ff9e80", curls, neck(skin), body("#1f8a9c", "round"), head(skin, False),
                 face(skin, hair, smile="open", lashes=True), front, hoops)


def meera():
    skin, hair = "#b5784f", "#37302f"
    back = f'<circle cx="132" cy="112" r="18" fill="{hair}"/><path d="M61,94 C54,50 76,35 100,35 C124,35 146,50 139,94 Z" fill="{hair}"/>'
    front = f"""<path d="M64,88 C62,54 80,41 100,41 C120,41 138,54 136,88 C130,66 118,56 100,50 C82,56 70,66 64,88 Z" fill="{hair}"/>
    <path d="M100,44 L100,52" stroke="#c0392b" stroke-width="2.4"/><path d="M74,62 Q80,52 90,48 M126,62 Q120,52 110,48" fill="none" stroke="#9a9392" stroke-width="2.4"/>
    <circle cx="100" cy="75" r="3.2" fill="#8e1b2b"/>
    <g fill="#fff3d6">{"".join(f'<circle cx="{x}" cy="{y}" r="4.2"/>' for x, y in ((140, 98), (146, 104), (148, 112), (147, 120), (142, 127)))}</g>
    <circle cx="92" cy="103.5" r="1.5" fill="#f2c14e"/>"""
    sari = """<path d="M24,200 C40,170 70,158 96,166 L150,202 L22,202 Z" fill="#e7b73c"/><path d="M24,198 C42,168 72,158 97,166" fill="none" stroke="#fbe39c" stroke-width="4"/>"""
    return frame("#e9a27c", back, neck(skin), body("#1e7a5a", "round", sari), head(skin), face(skin, hair, age=1, lashes=True, lips="#8f3b3b"), front)


def jack():
    skin, hair = "#f4cdb0", "#d9b365"
    cap = """<path d="M62,76 C60,44 82,34 102,34 C124,34 140,48 138,76 Q100,62 62,76 Z" fill="#c8372d"/>
    <path d="M60,78 Q98,60 132,70 Q160,72 162,82 Q126,74 60,78 Z" fill="#9f2820"/><circle cx="100" cy="36" r="4" fill="#9f2820"/>"""
    sides = f'<path d="M66,96 L65,72 L75,72 Q70,84 70,94 Z M134,96 L135,72 L126,72 Q130,84 130,94 Z" fill="{hair}"/>'
    hood = """<path d="M62,160 Q66,140 84,142 Q88,166 100,168 Q112,166 116,142 Q134,140 138,160 Q124,184 100,184 Q76,184 62,160 Z" fill="#7d8791"/>
    <path d="M92,178 L90,200 M108,178 L110,200" stroke="#f2f2f2" stroke-width="2.6" stroke-linecap="round"/>"""
    return frame("#a7d3d8", neck(skin), body("#6b7681", "round", hood), head(skin), face(skin, "#b48d43", smile="open", eye="#3b6ea5"), sides, cap)


def noor():
    skin = "#e3b48d"
    veil = """<path d="M100,26 C60,26 50,62 52,100 C53,128 44,150 38,168 Q66,186 100,186 Q134,186 162,168 C156,150 147,128 148,100 C150,62 140,26 100,26 Z" fill="#3d7a72"/>
    <path d="M56,150 Q90,182 148,150 Q120,172 66,168 Z" fill="#2f625b"/>"""
    rim = """<path d="M100,38 C72,38 63,60 64,90 C65,120 82,140 100,140 C118,140 135,120 136,90 C137,60 128,38 100,38 Z M100,50 C119,50 129,64 129,88 C129,112 116,131 100,131 C84,131 71,112 71,88 C71,64 81,50 100,50 Z" fill="#4b8f86" fill-rule="evenodd"/>
    <path d="M66,70 Q76,52 100,51 Q124,52 134,70 Q122,58 100,58 Q78,58 66,70 Z" fill="#2f625b"/>"""
    return frame("#e9dfc6", body("#264f4a", "high"), veil, head(skin, False), face(skin, "#3a2a22", smile="soft", lashes=True, lips="#b5515a"), rim)


def amara():
    skin, hair = "#7d4a2d", "#1b1312"
    afro = "".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{hair}"/>' for x, y, r in (
        (100, 50, 44), (66, 64, 26), (134, 64, 26), (58, 84, 20), (142, 84, 20), (80, 34, 24), (120, 34, 24)))
    front = f'<path d="M66,84 C66,58 80,50 100,50 C120,50 134,58 134,84 C126,66 114,60 100,60 C86,60 74,66 66,84 Z" fill="{hair}"/>'
    band = '<path d="M60,66 Q100,30 140,66 L137,76 Q100,42 63,76 Z" fill="#f2b134"/><path d="M78,50 l6,-8 M96,42 l4,-9 M114,46 l7,-7" stroke="#d0452f" stroke-width="4"/>'
    drops = '<g fill="#d0452f"><circle cx="65" cy="110" r="5"/><circle cx="65" cy="120" r="3.4"/><circle cx="135" cy="110" r="5"/><circle cx="135" cy="120" r="3.4"/></g>'
    pattern = "".join(f'<path d="M{x},{y} l6,-7 l6,7 l-6,7 Z" fill="#f2b134"/>' for x, y in ((46, 184), (70, 188), (118, 188), (142, 184)))
    return frame("#8fc9a3", afro, neck(skin), body("#c2402d", "round", pattern), head(skin),
                 face(skin, "#140d0b", smile="open", lashes=True, cheeks="#b53a2e"), front, band, drops)


ALL = [priya, mateo, sofia, daniel, grace, harpreet, lucia, tom, camila, meera, jack, noor, amara]
