<?php
// Gives WordPress what is neither a file nor a folder, as the rewrite rule of a web server does.

$root = $_SERVER['DOCUMENT_ROOT'];
if (file_exists($root . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH))) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require "$root/index.php";
