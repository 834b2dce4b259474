# SPDX-License-Identifier: GPL-3.0-or-later
"""A purchase order as PDF, written by hand with the fonts that every reader has."""


def escape(text):
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("cp1252").decode("latin-1")


# Widths of Helvetica's digits and punctuation, enough to set numbers flush right.
WIDTHS = {**{d: 0.556 for d in "0123456789$"}, ".": 0.278, ",": 0.278, " ": 0.278}


def purchase_order():
    page = []

    def text(x, y, size, words, font="F1", colour="0.16 0.16 0.18"):
        page.append(f"BT /{font} {size} Tf {colour} rg {x} {y} Td ({escape(words)}) Tj ET")

    def right(x, y, size, words, font="F1"):
        text(x - sum(WIDTHS.get(c, 0.5) for c in words) * size, y, size, words, font)

    def box(x, y, width, height, colour):
        page.append(f"{colour} rg {x} {y} {width} {height} re f")

    box(0, 752, 595, 90, "0.23 0.31 0.29")
    text(48, 798, 24, "Kaffeehaus Becker", "F2", "1 0.95 0.84")
    text(48, 776, 11, "Fine coffee, newspapers and time", "F3", "0.86 0.85 0.78")
    text(48, 712, 20, "Purchase order", "F2")
    text(430, 716, 11, "No. 2026-118")
    text(48, 682, 11, "To: Marigold Bakery, Jackson Heights")
    text(48, 666, 11, "Deliver: Saturday, 7:30, back door on Elm Alley")
    box(48, 622, 499, 24, "0.95 0.91 0.82")
    for x, words in ((58, "Item"), (330, "Pieces"), (420, "Each"), (500, "Total")):
        text(x, 630, 11, words, "F2")
    items = (("Sourdough loaf, sliced", 12, 7.50), ("Cardamom bun", 40, 2.80), ("Concha, assorted", 36, 2.20),
             ("Butter croissant", 48, 2.40), ("Date and walnut slice", 24, 3.10))
    y, total = 598, 0.0
    for name, pieces, each in items:
        text(58, y, 11, name)
        right(368, y, 11, str(pieces))
        right(450, y, 11, f"{each:.2f}")
        right(537, y, 11, f"{pieces * each:.2f}")
        page.append(f"0.85 0.82 0.76 RG 0.6 w 48 {y - 9} m 547 {y - 9} l S")
        total += pieces * each
        y -= 28
    text(420, y - 6, 12, "Sum", "F2")
    right(537, y - 6, 12, f"$ {total:,.2f}", "F2")
    text(48, y - 60, 11, "Please confirm by Thursday noon. Invoice as always, 14 days.")
    text(48, y - 76, 11, "If the buns are sold out, more croissants are welcome.")
    text(48, y - 130, 16, "T. Becker", "F3", "0.20 0.30 0.55")
    page.append(f"0.5 0.5 0.5 RG 0.8 w 48 {y - 138} m 200 {y - 138} l S")
    text(48, y - 152, 9, "Tom Becker, owner", colour="0.45 0.45 0.45")
    content = "\n".join(page).encode("latin-1")

    fonts = "".join(f"/F{n} << /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >> "
                    for n, name in ((1, "Helvetica"), (2, "Helvetica-Bold"), (3, "Times-Italic")))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>",
               b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << {fonts}>> >> >>".encode(),
               b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
               b"<< /Title (Purchase order 2026-118) /Author (Kaffeehaus Becker) >>"]
    pdf, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(pdf)
    pdf += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    pdf += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return pdf + b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
