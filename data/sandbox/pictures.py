# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and stickers that the customers send, drawn."""
import math
import random


def svg(width, height, *layers):
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{"".join(layers)}</svg>'


def gradient(name, top, bottom, x2=0, y2=1):
    return f'<linearGradient id="{name}" x1="0" y1="0" x2="{x2}" y2="{y2}"><stop offset="0" stop-color="{top}"/><stop offset="1" stop-color="{bottom}"/></linearGradient>'


def radial(name, centre, edge):
    return f'<radialGradient id="{name}" cx="0.4" cy="0.35" r="0.75"><stop offset="0" stop-color="{centre}"/><stop offset="1" stop-color="{edge}"/></radialGradient>'


def marigold(x, y, r, colour="#f39a1e"):
    rings = ""
    for k, (share, count, tone) in enumerate(((1.0, 16, colour), (0.72, 12, "#f7b233"), (0.46, 8, "#fbc850"))):
        for i in range(count):
            a = 2 * math.pi * (i + k * 0.5) / count
            rings += f'<circle cx="{x + math.cos(a) * r * share * 0.72:.1f}" cy="{y + math.sin(a) * r * share * 0.72:.1f}" r="{r * 0.26:.1f}" fill="{tone}"/>'
    return rings + f'<circle cx="{x}" cy="{y}" r="{r * 0.3:.1f}" fill="#e5860f"/>'


def leaf(x, y, length, turn):
    return f'<path d="M0,0 Q{length * 0.5},{-length * 0.32} {length},0 Q{length * 0.5},{length * 0.32} 0,0 Z" fill="#5d8a4a" transform="translate({x} {y}) rotate({turn})"/>'


def table(width, height, horizon, wall="#f3e3cf", wood="#b98457"):
    dice = random.Random(3)
    planks = "".join(f'<path d="M0,{y} L{width},{y}" stroke="#a06f45" stroke-width="3" opacity="0.55"/>' for y in range(horizon + 70, height, 84))
    grain = "".join(f'<path d="M{dice.randint(0, width)},{dice.randint(horizon + 10, height)} q60,{dice.randint(-6, 6)} 140,0" fill="none" stroke="#9a6a41" stroke-width="2" opacity="0.35"/>' for _ in range(26))
    return f'<rect width="{width}" height="{height}" fill="{wall}"/><rect y="{horizon}" width="{width}" height="{height - horizon}" fill="{wood}"/>{planks}{grain}'


def wedding_cake():
    """A birthday cake with marigolds, as one finds it in the net."""
    w, h = 900, 1100
    def tier(y, half, height, fill):
        drip = "".join(f'<path d="M{450 - half + i * 2 * half / 10:.0f},{y} q{half / 10:.0f},{30 + (i * 37) % 34} {half / 5:.0f},0 Z" fill="#fff8ee"/>' for i in range(10))
        return (f'<path d="M{450 - half},{y} L{450 - half},{y + height} A{half},{half * 0.16} 0 0 0 {450 + half},{y + height} L{450 + half},{y} Z" fill="url(#{fill})"/>'
                f'<ellipse cx="450" cy="{y}" rx="{half}" ry="{half * 0.16}" fill="#fff8ee"/>{drip}')
    flowers = "".join(marigold(*f) for f in ((300, 760, 46), (384, 800, 36), (590, 560, 44), (520, 590, 32, "#ee7d1a"), (350, 388, 34), (420, 330, 48), (500, 322, 40, "#ee7d1a"), (455, 372, 30), (640, 815, 40, "#ee7d1a")))
    leaves = "".join(leaf(*l) for l in ((260, 720, 70, 200), (640, 520, 80, -30), (545, 330, 76, -25), (340, 340, 74, 205), (690, 800, 66, -15)))
    return svg(w, h, "<defs>", gradient("t1", "#f7d9c8", "#e3a991"), gradient("t2", "#fbe7da", "#ebbfa8"), gradient("t3", "#f7d9c8", "#e3a991"), gradient("wall", "#fdebd3", "#f5cfa3"), "</defs>",
               f'<rect width="{w}" height="{h}" fill="url(#wall)"/>',
               "".join(f'<circle cx="{(i * 173) % w}" cy="{(i * 97) % 620}" r="{4 + i % 5}" fill="#ffffff" opacity="0.5"/>' for i in range(40)),
               f'<rect y="900" width="{w}" height="200" fill="#c98f62"/><ellipse cx="450" cy="958" rx="330" ry="46" fill="#8d5f3d" opacity="0.5"/>',
               '<ellipse cx="450" cy="930" rx="320" ry="52" fill="#fefefe"/><ellipse cx="450" cy="922" rx="320" ry="50" fill="#ececec"/>',
               tier(720, 270, 190, "t1"), tier(540, 200, 180, "t2"), tier(380, 130, 160, "t3"), leaves, flowers,
               '<g transform="translate(450 262)"><path d="M-6,0 L-6,60 L6,60 L6,0 Z" fill="#f3b6c4"/><path d="M0,-44 C16,-22 12,-6 0,-4 C-12,-6 -16,-22 0,-44 Z" fill="#ffb52e"/><path d="M0,-30 C7,-18 6,-9 0,-8 C-6,-9 -7,-18 0,-30 Z" fill="#fff0b0"/></g>')


def concha(x, y, r, colour, turn=0):
    crumb = f'<circle r="{r}" fill="url(#crust)"/><ellipse cy="{r * 0.1}" rx="{r * 0.93}" ry="{r * 0.86}" fill="{colour}"/>'
    lines = ""
    for i in range(-3, 4):
        lines += f'<path d="M0,{r * 0.82:.0f} Q{i * r * 0.36:.0f},{r * 0.1:.0f} {i * r * 0.27:.0f},{-r * 0.74 + abs(i) * r * 0.08:.0f}" fill="none" stroke="#b98a4a" stroke-opacity="0.55" stroke-width="{r * 0.05:.1f}" stroke-linecap="round"/>'
    for k in (0.35, 0.65):
        lines += f'<path d="M{-r * 0.8 * k - r * 0.12:.0f},{r * 0.8 - r * 1.5 * k:.0f} Q0,{r * 0.55 - r * 1.75 * k:.0f} {r * 0.8 * k + r * 0.12:.0f},{r * 0.8 - r * 1.5 * k:.0f}" fill="none" stroke="#b98a4a" stroke-opacity="0.4" stroke-width="{r * 0.04:.1f}"/>'
    return f'<g transform="translate({x} {y}) rotate({turn})"><ellipse cy="{r * 0.2}" rx="{r * 1.02}" ry="{r * 0.98}" fill="#000" opacity="0.18"/>{crumb}{lines}</g>'


def conchas():
    w, h = 1000, 750
    colours = ("#f6c8d2", "#fff3d9", "#7a4a31", "#fbe08a")
    tray = ""
    n = 0
    for row in range(3):
        for col in range(4):
            tray += concha(185 + col * 212 + (row % 2) * 6, 160 + row * 214, 92, colours[(n * 5 + row) % 4], (n * 47) % 40 - 20)
            n += 1
    return svg(w, h, "<defs>", radial("crust", "#f0b867", "#b9722c"), gradient("tin", "#c7ccd1", "#8e969d"), "</defs>",
               f'<rect width="{w}" height="{h}" fill="#d9a878"/>',
               "".join(f'<rect x="{i * 50}" width="25" height="{h}" fill="#fff" opacity="0.10"/>' for i in range(20)),
               f'<rect x="46" y="34" width="{w - 92}" height="{h - 68}" rx="34" fill="url(#tin)"/><rect x="66" y="54" width="{w - 132}" height="{h - 108}" rx="22" fill="#f4efe6"/>', tray)


def sourdough():
    w, h = 1000, 750
    dice = random.Random(8)
    holes = ""
    for _ in range(90):
        a, d = dice.random() * 2 * math.pi, math.sqrt(dice.random())
        x, y = 640 + math.cos(a) * d * 196, 430 + math.sin(a) * d * 132
        r = 2.5 + dice.random() ** 2 * 13
        holes += f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{r * 1.2:.1f}" ry="{r:.1f}" fill="#dcbd8b" transform="rotate({dice.randint(0, 90)} {x:.0f} {y:.0f})"/>'
    slashes = "".join(f'<path d="M{210 + i * 74},{300 + abs(i - 2) * 10} q34,58 14,150" fill="none" stroke="#f1d3a0" stroke-width="15" stroke-linecap="round"/>' for i in range(4))
    flour = "".join(f'<circle cx="{dice.randint(140, 560)}" cy="{dice.randint(270, 520)}" r="{dice.random() * 3:.1f}" fill="#fff" opacity="0.6"/>' for _ in range(130))
    return svg(w, h, "<defs>", radial("loaf", "#d08c4a", "#7d431c"), gradient("board", "#d8b083", "#bd8e5d"), "</defs>",
               table(w, h, 190, "#dfe7e2", "#8c6a4f"),
               '<rect x="70" y="230" width="860" height="430" rx="44" fill="url(#board)"/><circle cx="884" cy="280" r="20" fill="#8c6a4f"/>',
               '<ellipse cx="356" cy="560" rx="252" ry="40" fill="#000" opacity="0.22"/><path d="M110,440 C104,300 230,236 356,236 C486,236 604,306 600,440 C598,540 500,572 356,572 C210,572 114,540 110,440 Z" fill="url(#loaf)"/>', slashes, flour,
               '<ellipse cx="646" cy="590" rx="236" ry="30" fill="#000" opacity="0.2"/><path d="M410,440 C404,320 520,268 640,268 C764,268 876,326 870,440 C866,546 770,588 640,588 C506,588 414,546 410,440 Z" fill="#9a5a27"/>',
               '<path d="M430,440 C426,334 528,288 640,288 C754,288 854,338 850,440 C846,532 760,568 640,568 C518,568 434,532 430,440 Z" fill="#f3dfb8"/>', holes)


def dinosaur():
    """A child's drawing of the cake that is wanted."""
    w, h = 900, 1000
    dice = random.Random(5)
    def wobble(points, close=False):
        moved = [(x + dice.randint(-5, 5), y + dice.randint(-5, 5)) for x, y in points]
        path = f"M{moved[0][0]},{moved[0][1]}"
        for i in range(1, len(moved)):
            x, y = moved[i]
            px, py = moved[i - 1]
            path += f" Q{(px + x) / 2 + dice.randint(-9, 9):.0f},{(py + y) / 2 + dice.randint(-9, 9):.0f} {x},{y}"
        return path + (" Z" if close else "")
    def crayon(path, colour, width=11, fill="none", opacity=1):
        return f'<path d="{path}" fill="{fill}" fill-opacity="{opacity}" stroke="{colour}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"/>'
    def scribble(x0, y0, x1, y1, colour, step=26):
        points, up = [], False
        x = x0
        while x < x1:
            points.append((x, y0 if up else y1))
            up, x = not up, x + step
        return crayon(wobble(points), colour, 10) if len(points) > 1 else ""
    cake = crayon(wobble([(200, 640), (200, 860), (450, 884), (700, 860), (700, 640)]), "#8a4b2f")
    top = crayon(wobble([(200, 640), (300, 610), (450, 602), (600, 610), (700, 640), (600, 668), (450, 676), (300, 668), (200, 640)], True), "#8a4b2f")
    drips = crayon(wobble([(204, 660), (240, 720), (280, 676), (330, 740), (384, 684), (440, 752), (500, 686), (560, 742), (612, 680), (660, 724), (698, 656)]), "#ff6fa5", 15)
    dino = crayon(wobble([(300, 600), (296, 480), (330, 400), (400, 372), (430, 300), (440, 220), (500, 190), (560, 214), (590, 262), (540, 290), (510, 300), (520, 400), (560, 470), (640, 560), (700, 590), (600, 600), (520, 596), (470, 604), (380, 598), (300, 600)], True), "#2e8b3d", 12, "#8fd694", 0.7)
    spikes = "".join(crayon(wobble([(x, y), (x - 34, y - 30), (x + 8, y - 44)], True), "#e5592f", 8, "#ffb199", 0.9) for x, y in ((330, 430), (392, 366), (428, 296), (446, 226)))
    eye = '<circle cx="520" cy="236" r="9" fill="#222"/>' + crayon(wobble([(544, 272), (566, 268), (582, 258)]), "#222", 6)
    legs = crayon(wobble([(372, 560), (366, 604)]), "#2e8b3d", 12) + crayon(wobble([(470, 560), (472, 604)]), "#2e8b3d", 12) + crayon(wobble([(500, 400), (552, 412), (548, 432)]), "#2e8b3d", 10)
    candles = "".join(crayon(f"M{x},640 l2,-64", c, 12) + f'<path d="M{x + 2},{548} q14,-26 0,-40 q-14,16 0,40" fill="#ffc83d"/>' for x, c in ((236, "#3f7fd1"), (664, "#9a4fd1")))
    sun = '<circle cx="770" cy="140" r="58" fill="#ffd84a"/>' + "".join(crayon(f"M{770 + math.cos(a) * 80:.0f},{140 + math.sin(a) * 80:.0f} l{math.cos(a) * 40:.0f},{math.sin(a) * 40:.0f}", "#ffc21f", 10) for a in [i * math.pi / 5 for i in range(10)])
    text = f'<g font-family="Inter" font-weight="700" font-size="76" fill="#3f7fd1"><text x="90" y="170" transform="rotate(-6 90 170)">LEO</text><text x="268" y="150" transform="rotate(5 268 150)" fill="#e5592f">6</text></g>'
    fold = f'<path d="M0,500 L{w},500" stroke="#000" stroke-opacity="0.07" stroke-width="5"/><rect width="{w}" height="500" fill="#000" opacity="0.018"/>'
    return svg(w, h, f'<rect width="{w}" height="{h}" fill="#fbf9f2"/>', fold, sun, text, scribble(220, 700, 690, 850, "#d9a06b"), cake, top, drips, candles, dino, spikes, legs, eye,
               crayon(wobble([(40, 920), (240, 900), (500, 930), (860, 905)]), "#7cc36a", 16))


def squashed_box():
    w, h = 1000, 750
    return svg(w, h, "<defs>", gradient("card", "#f8e9cf", "#e2c79c"), gradient("inside", "#d4b483", "#b8935f"), "</defs>", table(w, h, 150, "#cdd9e0", "#6e7f88"),
               '<ellipse cx="500" cy="640" rx="390" ry="46" fill="#000" opacity="0.28"/>',
               '<path d="M150,300 L236,120 L806,142 L858,306 Z" fill="url(#card)"/><path d="M236,120 L806,142 L800,164 L246,142 Z" fill="#fff6e3"/>',
               '<path d="M150,300 L858,306 L820,640 L196,626 Z" fill="url(#inside)"/>',
               '<path d="M230,360 C300,318 420,350 500,342 C600,330 720,336 780,372 L764,560 C640,598 380,596 246,560 Z" fill="#f7d7de"/>',
               '<path d="M230,360 C300,318 420,350 500,342 C600,330 720,336 780,372 C742,410 690,384 640,410 C580,440 540,396 470,420 C400,444 330,396 230,360 Z" fill="#fff4f6"/>',
               '<path d="M420,420 C470,470 520,470 600,560" fill="none" stroke="#d99aa8" stroke-width="10"/><path d="M300,470 q60,26 120,4" fill="none" stroke="#d99aa8" stroke-width="7"/>',
               marigold(350, 392, 40), marigold(420, 418, 30, "#ee7d1a"), marigold(690, 470, 34), leaf(380, 430, 60, 30), leaf(724, 480, 56, -20),
               '<path d="M150,300 L196,626 L214,632 L176,312 Z" fill="#fff6e3"/><path d="M858,306 L820,640 L800,640 L828,318 Z" fill="#c9a873"/>',
               '<path d="M196,626 L820,640 L826,590 C700,560 560,640 420,590 C330,560 260,610 190,576 Z" fill="url(#card)"/><path d="M300,596 l40,24 l-10,-40 M560,604 l34,20 l6,-34" fill="none" stroke="#c3a26c" stroke-width="5"/>',
               '<g transform="translate(660 606) rotate(1)"><rect x="-96" y="-18" width="150" height="32" rx="6" fill="#f39a1e"/><text x="-21" y="5" font-family="Inter" font-weight="700" font-size="20" fill="#fff" text-anchor="middle">MARIGOLD</text></g>')


def storefront():
    w, h = 1000, 1250
    stripes = "".join(f'<path d="M{90 + i * 82},330 L{172 + i * 82},330 L{172 + i * 82},430 A41,34 0 0 1 {90 + i * 82},430 Z" fill="{"#f39a1e" if i % 2 else "#fff6e6"}"/>' for i in range(10))
    bricks = "".join(f'<rect x="{(r % 2) * -60 + c * 120}" y="{r * 50}" width="112" height="42" fill="#a4523c" opacity="{0.55 + ((r * 7 + c * 3) % 5) * 0.09:.2f}"/>' for r in range(25) for c in range(10))
    breads = "".join(f'<ellipse cx="{190 + i * 88}" cy="790" rx="42" ry="26" fill="#c98343"/><path d="M{166 + i * 88},782 q22,-16 48,0" fill="none" stroke="#f0cf98" stroke-width="6"/>' for i in range(4))
    cakes = "".join(f'<rect x="{168 + i * 118}" y="620" width="76" height="52" rx="8" fill="{c}"/><ellipse cx="{206 + i * 118}" cy="620" rx="38" ry="11" fill="#fff8ee"/>' + marigold(206 + i * 118, 606, 15) for i, c in enumerate(("#f3b6c4", "#fbe08a", "#8a5a3c")))
    rain = "".join(f'<path d="M{(i * 137) % w},{(i * 211) % h} l-10,42" stroke="#fff" stroke-width="3" opacity="0.28"/>' for i in range(70))
    return svg(w, h, "<defs>", gradient("glass", "#fff0c9", "#ffd98f"), gradient("street", "#5d666e", "#3c444b"), "</defs>",
               f'<rect width="{w}" height="{h}" fill="#8a4433"/>', bricks,
               '<rect x="70" y="180" width="860" height="150" fill="#25483f"/><text x="500" y="280" font-family="Inter" font-weight="800" font-size="82" letter-spacing="8" fill="#ffd27a" text-anchor="middle">MARIGOLD</text>',
               marigold(140, 254, 40), marigold(860, 254, 40),
               '<rect x="110" y="400" width="780" height="650" fill="#1d3a33"/><rect x="140" y="440" width="420" height="430" fill="url(#glass)"/>',
               '<rect x="140" y="672" width="420" height="12" fill="#7a5134"/><rect x="140" y="816" width="420" height="14" fill="#7a5134"/>', cakes, breads,
               '<rect x="610" y="440" width="240" height="600" fill="#2c5a4e"/><rect x="640" y="476" width="180" height="330" fill="url(#glass)"/><circle cx="826" cy="830" r="14" fill="#ffd27a"/>',
               '<g transform="translate(730 590) rotate(-4)"><rect x="-72" y="-36" width="144" height="72" rx="10" fill="#fffaf0"/><text y="12" font-family="Inter" font-weight="800" font-size="36" fill="#b23a2e" text-anchor="middle">CLOSED</text><path d="M-40,-36 L0,-84 L40,-36" fill="none" stroke="#6b4a32" stroke-width="4"/></g>',
               stripes, '<rect x="84" y="322" width="832" height="14" fill="#e1d3bb"/>',
               f'<rect y="1050" width="{w}" height="200" fill="url(#street)"/><rect y="1050" width="{w}" height="26" fill="#8e979d"/>',
               '<ellipse cx="350" cy="1160" rx="230" ry="26" fill="#ffd98f" opacity="0.22"/><ellipse cx="730" cy="1150" rx="110" ry="20" fill="#ffd98f" opacity="0.26"/>', rain)


def sticker_concha():
    """A happy concha that waves."""
    rays = "".join(f'<path d="M256,402 Q{256 + i * 66},250 {256 + i * 48},{92 + abs(i) * 14}" fill="none" stroke="#e79fb2" stroke-width="13" stroke-linecap="round"/>' for i in range(-3, 4))
    white = "M256,60 C382,60 470,150 470,270 C470,384 384,452 256,452 C128,452 42,384 42,270 C42,150 130,60 256,60 Z"
    return svg(512, 512, "<defs>", radial("crust", "#ffd08a", "#d98a3d"), radial("sugar", "#ffdbe4", "#f6aabd"), "</defs>", '<g transform="translate(4 26) scale(0.92)">',
               f'<path d="{white}" fill="#fff" stroke="#fff" stroke-width="40" stroke-linejoin="round"/><path d="M440,250 Q500,200 486,140" fill="none" stroke="#fff" stroke-width="56" stroke-linecap="round"/>',
               '<path d="M438,256 Q492,206 482,148" fill="none" stroke="#d98a3d" stroke-width="24" stroke-linecap="round"/><circle cx="481" cy="142" r="20" fill="#ffd08a"/>',
               f'<path d="{white}" fill="url(#crust)"/><path d="M256,76 C370,76 446,156 446,258 C446,350 372,408 256,408 C140,408 66,350 66,258 C66,156 142,76 256,76 Z" fill="url(#sugar)"/>', rays,
               '<circle cx="192" cy="262" r="21" fill="#4a2a20"/><circle cx="320" cy="262" r="21" fill="#4a2a20"/><circle cx="199" cy="254" r="7" fill="#fff"/><circle cx="327" cy="254" r="7" fill="#fff"/>',
               '<path d="M208,308 Q256,372 304,308 Q256,326 208,308 Z" fill="#8e2f3c" stroke="#8e2f3c" stroke-width="8" stroke-linejoin="round"/><ellipse cx="150" cy="304" rx="26" ry="16" fill="#f0748f" opacity="0.7"/><ellipse cx="362" cy="304" rx="26" ry="16" fill="#f0748f" opacity="0.7"/></g>')


def sticker_coffee():
    """Good morning, in a cup."""
    steam = "".join(f'<path d="M{190 + i * 62},150 q-26,-30 0,-56 q26,-26 0,-54" fill="none" stroke="{c}" stroke-width="{wd}" stroke-linecap="round"/>' for c, wd in (("#fff", 44), ("#c9b8a8", 16)) for i in range(3))
    cup = "M104,190 L408,190 L380,400 Q374,446 326,446 L186,446 Q138,446 132,400 Z"
    return svg(512, 512, "<defs>", gradient("cup", "#4fb3a5", "#2f8c80"), "</defs>", steam,
               f'<path d="{cup}" fill="#fff" stroke="#fff" stroke-width="40" stroke-linejoin="round"/><path d="M396,236 Q478,232 464,306 Q450,366 384,352" fill="none" stroke="#fff" stroke-width="66"/>',
               '<path d="M396,236 Q478,232 464,306 Q450,366 384,352" fill="none" stroke="#2f8c80" stroke-width="28"/>',
               f'<path d="{cup}" fill="url(#cup)"/><ellipse cx="256" cy="190" rx="152" ry="30" fill="#2b7a70"/><ellipse cx="256" cy="194" rx="132" ry="22" fill="#6b4028"/><path d="M214,192 q42,-18 84,2 q-42,16 -84,-2" fill="#e8c9a0"/>',
               '<path d="M190,290 q16,-22 34,0 M288,290 q16,-22 34,0" fill="none" stroke="#123f39" stroke-width="12" stroke-linecap="round"/><path d="M226,332 Q256,366 286,332" fill="none" stroke="#123f39" stroke-width="12" stroke-linecap="round"/>',
               '<ellipse cx="172" cy="330" rx="22" ry="13" fill="#ffb7a3" opacity="0.75"/><ellipse cx="340" cy="330" rx="22" ry="13" fill="#ffb7a3" opacity="0.75"/>')


PICTURES = {"cake-idea": wedding_cake, "conchas": conchas, "sourdough": sourdough, "dinosaur": dinosaur, "box": squashed_box, "storefront": storefront}
STICKERS = {"concha": sticker_concha, "coffee": sticker_coffee}
