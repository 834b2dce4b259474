# SPDX-License-Identifier: GPL-3.0-or-later
"""Says on a display without a window manager that there is one, which can do nothing.

GDK (4.18) asks the display for a window manager until it has found one, two or three times a frame, and waits for each answer.
On a desktop it has found one before the first frame.
"""

import ctypes

XA_ATOM, XA_WINDOW = 4, 33
REPLACE = 0


class WindowManager:
    def __init__ (self, display):
        self.x = x = ctypes.CDLL ("libX11.so.6")
        x.XOpenDisplay.restype = ctypes.c_void_p
        for function in ("XDefaultRootWindow", "XCreateSimpleWindow", "XInternAtom"):
            getattr (x, function).restype = ctypes.c_ulong
        self.display = ctypes.c_void_p (x.XOpenDisplay (display.encode ()))
        root = ctypes.c_ulong (x.XDefaultRootWindow (self.display))
        window = ctypes.c_ulong (x.XCreateSimpleWindow (self.display, root, -1, -1, 1, 1, 0, ctypes.c_ulong (0), ctypes.c_ulong (0)))
        for one in (window, root):
            self.set_property (one, "_NET_SUPPORTING_WM_CHECK", XA_WINDOW, [window.value])
        self.set_property (root, "_NET_SUPPORTED", XA_ATOM, [x.XInternAtom (self.display, b"_NET_SUPPORTED", 0)])
        x.XSync (self.display, 0)

    def set_property (self, window, name, kind, values):
        """The display keeps it for as long as this object's connection."""
        atom = ctypes.c_ulong (self.x.XInternAtom (self.display, name.encode (), 0))
        data = (ctypes.c_ulong * len (values)) (*values)
        self.x.XChangeProperty (self.display, window, atom, ctypes.c_ulong (kind), 32, REPLACE, data, len (values))
