-- Who made and revoked a key, and who had a parked event tried again; '' where that was before anybody noted it.
alter table api_key
    add column created_by text not null default '',
    add column revoked_by text not null default '';
alter table inbound_event add column replayed_by text not null default '';
