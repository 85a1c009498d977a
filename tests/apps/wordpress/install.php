<?php
// Does what the form of the first visit to a new site does.

define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = parse_url(getenv('ORIGIN'), PHP_URL_HOST);
require 'wp/wp-load.php';
require 'wp/wp-admin/includes/upgrade.php';
wp_install('A site in WordPress', 'ada', 'ada@example.com', true, '', 'analytical');
update_option('permalink_structure', '/%postname%/');
// Pictures of people come from another host.
update_option('show_avatars', 0);
update_option('comment_previously_approved', 0);
