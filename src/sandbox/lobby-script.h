/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What the customers play: a text file, one thing a line (docs/sandbox.md has the format).
 * Reading it checks everything, files included; an error says "FILE:LINE: what is wrong".
 */
#define LOBBY_SCRIPT_ERROR (lobby_script_error_quark ())
GQuark lobby_script_error_quark (void);

typedef enum
{
  LOBBY_SCRIPT_ERROR_UNREADABLE,
  LOBBY_SCRIPT_ERROR_BAD_LINE,
} LobbyScriptError;

typedef enum
{
  LOBBY_SPEECH_TEXT,
  LOBBY_SPEECH_IMAGE,
  LOBBY_SPEECH_VIDEO,
  LOBBY_SPEECH_AUDIO,
  LOBBY_SPEECH_VOICE,
  LOBBY_SPEECH_DOCUMENT,
  LOBBY_SPEECH_STICKER,
  LOBBY_SPEECH_LOCATION,
  LOBBY_SPEECH_CONTACT,
  LOBBY_SPEECH_REACTION,
  LOBBY_SPEECH_UNSUPPORTED,
} LobbySpeechKind;

/* One message of a customer. */
typedef struct
{
  LobbySpeechKind kind;
  char  *name;        /* by which a later line can quote it ("as NAME"), or NULL */
  char  *target;      /* what it quotes or reacts to ("to NAME"); "last" is the business's last; or NULL */
  char **words;       /* split at " | "; the first one is the text, the file, the emoji … */
  double latitude;
  double longitude;
} LobbySpeech;

/* A customer of the script. A turn is a GPtrArray of LobbySpeech, said one after the other. */
typedef struct
{
  char      *handle;
  char      *name;
  char      *wa_id;          /* digits, or NULL */
  char      *bsuid;          /* or NULL */
  char      *username;       /* or NULL */
  char      *portrait;       /* file, or NULL */
  gint64     reads[2];       /* ms from delivered to read, least and most; -1: never */
  gint64     answers[2];     /* ms from read to writing */
  GPtrArray *replies;        /* turns, to the business's messages, in order */
  GPtrArray *closings;       /* turns, when there are no replies left */
  GPtrArray *laters;         /* turns, when the script is over */
  guint      line;
} LobbyRole;

typedef struct
{
  gboolean     before;       /* `ago`: msec before the start, told at the start */
  gint64       msec;
  LobbyRole   *role;
  LobbySpeech *speech;
} LobbyCue;

typedef struct
{
  char      *shop;           /* or NULL */
  GPtrArray *roles;          /* LobbyRole */
  GPtrArray *cues;           /* LobbyCue: those of before by age, then the others by time */
} LobbyScript;

/* @name is for errors; files are looked for in @media_folder, or not at all when it is NULL. */
LobbyScript *lobby_script_parse (const char   *text,
                                 const char   *name,
                                 const char   *media_folder,
                                 GError      **error);
LobbyScript *lobby_script_load  (const char   *path,
                                 const char   *media_folder,
                                 GError      **error);
void         lobby_script_free  (LobbyScript  *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyScript, lobby_script_free)

G_END_DECLS
