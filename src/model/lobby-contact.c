/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-contact-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _LobbyContact
{
  GObject parent_instance;

  LobbyContactRecord *record;
  char *display_name;
};

G_DEFINE_FINAL_TYPE (LobbyContact, lobby_contact, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ID,
  PROP_NAME,
  PROP_PHONE_NUMBER,
  PROP_USERNAME,
  PROP_PICTURE_URL,
  PROP_ABOUT,
  PROP_CREATED_AT,
  PROP_DISPLAY_NAME,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* Countries whose calling code is neither one digit (1, 7) nor two (these): three. ITU E.164 assignments. */
static gboolean
has_two_digit_code (const char *digits)
{
  static const char codes[] = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 "
                              "81 82 84 86 90 91 92 93 94 95 98";
  const char code[] = { digits[0], digits[1], '\0' };

  return strstr (codes, code) != NULL;
}

char *
lobby_phone_number_format (const char *number)
{
  g_autoptr (GString) text = NULL;
  const char *rest;
  size_t length;

  if (number == NULL || number[0] != '+')
    return g_strdup (number);
  length = strlen (number + 1);
  if (length < 7 || length > 15 || strspn (number + 1, "0123456789") != length)
    return g_strdup (number);

  rest = number + 1;
  text = g_string_new ("+");
  g_string_append_len (text, rest, rest[0] == '1' || rest[0] == '7' ? 1 : has_two_digit_code (rest) ? 2
                                                                                                    : 3);
  rest += text->len - 1;
  while (*rest != '\0')
    {
      size_t left = strlen (rest);
      size_t group = left == 4 || left == 2 ? 2 : MIN (left, 3);

      /* North American habit: three, three, four. */
      if (number[1] == '1' && left == 4)
        group = 4;
      g_string_append_c (text, ' ');
      g_string_append_len (text, rest, group);
      rest += group;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
make_display_name (const LobbyContactRecord *record)
{
  if (record->name != NULL && record->name[0] != '\0')
    return g_strdup (record->name);
  if (record->phone_number != NULL && record->phone_number[0] != '\0')
    return lobby_phone_number_format (record->phone_number);
  if (record->username != NULL && record->username[0] != '\0')
    return g_strconcat ("@", record->username, NULL);
  return g_strdup (_ ("Unknown customer"));
}

static void
lobby_contact_finalize (GObject *object)
{
  LobbyContact *self = LOBBY_CONTACT (object);

  lobby_contact_record_free (self->record);
  g_free (self->display_name);

  G_OBJECT_CLASS (lobby_contact_parent_class)->finalize (object);
}

static void
lobby_contact_get_property (GObject *object,
                            guint prop_id,
                            GValue *value,
                            GParamSpec *pspec)
{
  LobbyContact *self = LOBBY_CONTACT (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->record->id);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->record->name);
      break;
    case PROP_PHONE_NUMBER:
      g_value_set_string (value, self->record->phone_number);
      break;
    case PROP_USERNAME:
      g_value_set_string (value, self->record->username);
      break;
    case PROP_PICTURE_URL:
      g_value_set_string (value, self->record->picture_url);
      break;
    case PROP_ABOUT:
      g_value_set_string (value, self->record->about);
      break;
    case PROP_CREATED_AT:
      g_value_set_int64 (value, self->record->created_at);
      break;
    case PROP_DISPLAY_NAME:
      g_value_set_string (value, self->display_name);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
lobby_contact_class_init (LobbyContactClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = lobby_contact_finalize;
  object_class->get_property = lobby_contact_get_property;

  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, readable);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, readable);
  properties[PROP_PHONE_NUMBER] = g_param_spec_string ("phone-number", NULL, NULL, NULL, readable);
  properties[PROP_USERNAME] = g_param_spec_string ("username", NULL, NULL, NULL, readable);
  properties[PROP_PICTURE_URL] = g_param_spec_string ("picture-url", NULL, NULL, NULL, readable);
  properties[PROP_ABOUT] = g_param_spec_string ("about", NULL, NULL, NULL, readable);
  properties[PROP_CREATED_AT] = g_param_spec_int64 ("created-at", NULL, NULL, G_MININT64, G_MAXINT64, 0, readable);
  properties[PROP_DISPLAY_NAME] = g_param_spec_string ("display-name", NULL, NULL, NULL, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
lobby_contact_init (LobbyContact *self)
{
}

LobbyContact *
lobby_contact_new (LobbyContactRecord *record)
{
  LobbyContact *self = g_object_new (LOBBY_TYPE_CONTACT, NULL);

  self->record = record;
  self->display_name = make_display_name (record);
  return self;
}

void
lobby_contact_update (LobbyContact *self,
                      LobbyContactRecord *record)
{
  LobbyContactRecord *old = self->record;
  char *old_display_name = self->display_name;
  GObject *object = G_OBJECT (self);

  g_object_freeze_notify (object);
  self->record = record;
  self->display_name = make_display_name (record);
  if (g_strcmp0 (old->name, record->name) != 0)
    g_object_notify_by_pspec (object, properties[PROP_NAME]);
  if (g_strcmp0 (old->phone_number, record->phone_number) != 0)
    g_object_notify_by_pspec (object, properties[PROP_PHONE_NUMBER]);
  if (g_strcmp0 (old->username, record->username) != 0)
    g_object_notify_by_pspec (object, properties[PROP_USERNAME]);
  if (g_strcmp0 (old->picture_url, record->picture_url) != 0)
    g_object_notify_by_pspec (object, properties[PROP_PICTURE_URL]);
  if (g_strcmp0 (old->about, record->about) != 0)
    g_object_notify_by_pspec (object, properties[PROP_ABOUT]);
  if (old->created_at != record->created_at)
    g_object_notify_by_pspec (object, properties[PROP_CREATED_AT]);
  if (g_strcmp0 (old_display_name, self->display_name) != 0)
    g_object_notify_by_pspec (object, properties[PROP_DISPLAY_NAME]);
  g_object_thaw_notify (object);

  lobby_contact_record_free (old);
  g_free (old_display_name);
}

const char *
lobby_contact_get_id (LobbyContact *self)
{
  g_return_val_if_fail (LOBBY_IS_CONTACT (self), NULL);
  return self->record->id;
}

const char *
lobby_contact_get_name (LobbyContact *self)
{
  g_return_val_if_fail (LOBBY_IS_CONTACT (self), NULL);
  return self->record->name;
}

const char *
lobby_contact_get_phone_number (LobbyContact *self)
{
  g_return_val_if_fail (LOBBY_IS_CONTACT (self), NULL);
  return self->record->phone_number;
}

const char *
lobby_contact_get_username (LobbyContact *self)
{
  g_return_val_if_fail (LOBBY_IS_CONTACT (self), NULL);
  return self->record->username;
}

const char *
lobby_contact_get_picture_url (LobbyContact *self)
{
  g_return_val_if_fail (LOBBY_IS_CONTACT (self), NULL);
  return self->record->picture_url;
}

const char *
lobby_contact_get_about (LobbyContact *self)
{
  g_return_val_if_fail (LOBBY_IS_CONTACT (self), NULL);
  return self->record->about;
}

gint64
lobby_contact_get_created_at (LobbyContact *self)
{
  g_return_val_if_fail (LOBBY_IS_CONTACT (self), 0);
  return self->record->created_at;
}

const char *
lobby_contact_get_display_name (LobbyContact *self)
{
  g_return_val_if_fail (LOBBY_IS_CONTACT (self), NULL);
  return self->display_name;
}
