#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desktop's notification service, for tests: tells each call as a line of JSON, and obeys lines on its input:
"invoke ID" is a click on the notification."""

import json
import sys

from gi.repository import Gio, GLib

INTERFACE = '''<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
<arg type="u" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
<method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
<arg type="s" direction="out"/></method>
<signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
<signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
</interface></node>'''
PATH = '/org/freedesktop/Notifications'


class Service:
    def __init__(self):
        self.last = 0
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
        interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
        self.bus.register_object(PATH, interface, self.called, None, None)
        Gio.bus_own_name_on_connection(self.bus, 'org.freedesktop.Notifications', Gio.BusNameOwnerFlags.NONE,
                                       lambda *_: self.tell(ready=True), None)
        GLib.io_add_watch(sys.stdin, GLib.IO_IN, self.command)

    @staticmethod
    def tell(**words):
        print(json.dumps(words), flush=True)

    def called(self, _bus, _sender, _path, _interface, method, parameters, invocation):
        values = parameters.unpack()
        if method == 'Notify':
            number = values[1]
            if number == 0:
                self.last += 1
                number = self.last
            self.tell(shown=number, title=values[3], body=values[4], actions=values[5])
            invocation.return_value(GLib.Variant('(u)', (number,)))
        elif method == 'CloseNotification':
            self.tell(closed=values[0])
            invocation.return_value(None)
        elif method == 'GetCapabilities':
            invocation.return_value(GLib.Variant('(as)', (['actions', 'body', 'persistence'],)))
        else:
            invocation.return_value(GLib.Variant('(ssss)', ('test', 'Lobby', '1', '1.2')))

    def command(self, stream, _condition):
        words = stream.readline().split()
        if len(words) == 2:
            self.bus.emit_signal(None, PATH, 'org.freedesktop.Notifications', 'ActionInvoked',
                                 GLib.Variant('(us)', (int(words[1]), 'default')))
        return bool(words)


Service()
GLib.MainLoop().run()
