/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-http"

#include "lobby-http-proxies.h"

#include <gio/gio.h>
#include <string.h>

struct _LobbyHttpProxies
{
  GPtrArray *masks; /* of GInetAddressMask */
};

LobbyHttpProxies *
lobby_http_proxies_new (const char *networks,
                        GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (networks, " ,", -1);
  LobbyHttpProxies *self = g_new0 (LobbyHttpProxies, 1);

  self->masks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; words[i] != NULL; i++)
    {
      GInetAddressMask *mask;

      if (*words[i] == '\0')
        continue;
      mask = g_inet_address_mask_new_from_string (words[i], error);
      if (mask == NULL)
        {
          lobby_http_proxies_free (self);
          return NULL;
        }
      g_ptr_array_add (self->masks, mask);
    }
  return self;
}

void
lobby_http_proxies_free (LobbyHttpProxies *self)
{
  g_ptr_array_unref (self->masks);
  g_free (self);
}

/* IPv4 in the form that a socket for both kinds has it, "::ffff:10.0.0.1", is IPv4. */
static GInetAddress *
parse_address (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);
  const guint8 *bytes;
  static const guint8 prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

  if (address == NULL || g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6)
    return g_steal_pointer (&address);
  bytes = g_inet_address_to_bytes (address);
  if (memcmp (bytes, prefix, sizeof prefix) != 0)
    return g_steal_pointer (&address);
  return g_inet_address_new_from_bytes (bytes + sizeof prefix, G_SOCKET_FAMILY_IPV4);
}

static gboolean
is_trusted (const LobbyHttpProxies *self,
            GInetAddress *address)
{
  for (guint i = 0; i < self->masks->len; i++)
    {
      if (g_inet_address_mask_matches (g_ptr_array_index (self->masks, i), address))
        return TRUE;
    }
  return FALSE;
}

char *
lobby_http_proxies_find_client (const LobbyHttpProxies *self,
                                const char *address,
                                const char *forwarded)
{
  g_autoptr (GInetAddress) client = parse_address (address);
  g_auto (GStrv) hops = g_strsplit (forwarded != NULL ? forwarded : "", ",", -1);

  for (guint i = g_strv_length (hops); client != NULL && i > 0 && is_trusted (self, client); i--)
    {
      GInetAddress *before = parse_address (g_strstrip (hops[i - 1]));

      if (before == NULL)
        break; /* what the proxy says is no address: so it is the proxy who asks */
      g_object_unref (client);
      client = before;
    }
  return client != NULL ? g_inet_address_to_string (client) : g_strdup (address);
}
